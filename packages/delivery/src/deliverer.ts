import { asDeliveryFailure } from "./delivery-failed.ts";
import { addressOf, type DeliveryEndpoints } from "./endpoints.ts";
import type { BusEvent } from "./event-bus-putter.ts";
import type { Addressed, Message } from "./message.ts";
import type { BucketObject } from "./s3-writer.ts";
import { parseTargetArn, type TargetService } from "./target-arn.ts";

/**
 * Sends over the AWS SDK, each once: whoever calls repeats. Everything rejects with DeliveryFailed,
 * whose `permanent` says whether trying again is of use.
 */
export interface Deliverer {
  sendToQueue(message: Message): Promise<void>;
  /** To an SNS topic, without a subject. */
  publish(message: Message): Promise<void>;
  putObject(object: BucketObject): Promise<void>;
  putEvent(event: BusEvent): Promise<void>;
  close(): void;
}

export interface DelivererOptions {
  readonly endpoints: DeliveryEndpoints;
  /** Milliseconds that one try may take; ten seconds when absent. */
  readonly tryMs?: number;
}

/** A target that does not answer for so long is not reached. */
const TRY_MS = 10_000;

/** One service's end. */
interface Sender<Sent> {
  send(sent: Addressed<Sent>): Promise<void>;
  close(): void;
}

/** A deliverer. A service's client is loaded when the first target needs it: together they are larger than the rest of the process. */
export function createDeliverer({ endpoints, tryMs = TRY_MS }: DelivererOptions): Deliverer {
  const at = (service: "sqs" | "sns" | "eventBridge" | "s3"): ReturnType<typeof addressOf> => addressOf(endpoints, service);
  const queues = loadedOnce(async () => (await import("./sqs-sender.ts")).createSqsSender(at("sqs")));
  const topics = loadedOnce(async () => (await import("./sns-publisher.ts")).createSnsPublisher(at("sns")));
  const buckets = loadedOnce(async () => (await import("./s3-writer.ts")).createS3Writer(at("s3")));
  const buses = loadedOnce(async () => (await import("./event-bus-putter.ts")).createEventBusPutter(at("eventBridge")));

  const send = async <Sent>(sender: () => Promise<Sender<Sent>>, address: readonly [string, TargetService], sent: Sent): Promise<void> => {
    const target = parseTargetArn(address[0], [address[1]]);
    try {
      await (await sender()).send({ ...sent, target, abortSignal: AbortSignal.timeout(tryMs) });
    } catch (error) {
      throw asDeliveryFailure(error, target);
    }
  };
  return {
    sendToQueue: (message) => send(queues.get, [message.arn, "sqs"], message),
    publish: (message) => send(topics.get, [message.arn, "sns"], message),
    putObject: (object) => send(buckets.get, [object.bucketArn, "s3"], object),
    putEvent: (event) => send(buses.get, [event.busArn, "events"], event),
    close() {
      for (const loaded of [queues, topics, buckets, buses]) loaded.close();
    },
  };
}

/** Made at the first use; a load that failed is tried again at the next. */
function loadedOnce<Sent>(load: () => Promise<Sender<Sent>>): { readonly get: () => Promise<Sender<Sent>>; close(): void } {
  let loading: Promise<Sender<Sent>> | undefined;
  return {
    get() {
      if (loading !== undefined) return loading;
      const started = load();
      loading = started;
      started.catch(() => (loading = undefined));
      return started;
    },
    close: () => void loading?.then((sender) => sender.close()).catch(() => undefined),
  };
}
