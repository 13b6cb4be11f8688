/**
 * Tells a target how an event ended: a destination receives the record, a dead-letter queue the
 * event itself with three attributes (async.md sections 3.1 and 4).
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import type { Ended } from "@lambdock/async-invoke/destination-record";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import { ASYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import { asDeliveryFailure } from "./delivery-failed.ts";
import type { DeliveryEndpoints } from "./endpoints.ts";
import { bodyOf, requireSize, type Carrier } from "./parcel.ts";
import { parseTarget, type TargetArn } from "./target-arn.ts";

export interface DeliveryOptions {
  readonly endpoints: DeliveryEndpoints;
  /** Makes the payload an asynchronous event of that function. */
  readonly invokeAsync: (functionArn: string, payload: string, traceId: string) => Promise<void>;
  /** Milliseconds that one try may take; ten seconds when absent. */
  readonly tryMs?: number;
}

/** A target that does not answer for so long is not reached. */
const TRY_MS = 10_000;

/** The delivering end. */
export interface Delivery {
  /** Resolves once the target has it; rejects with DeliveryFailed. Tried once: the queue repeats. */
  deliver(target: DeliveryTarget, ended: Ended): Promise<void>;
  close(): void;
}

/** A delivery over the AWS SDK. A service's client is loaded when the first target needs it: together they are larger than the rest of the process. */
export function createDelivery({ endpoints, invokeAsync, tryMs = TRY_MS }: DeliveryOptions): Delivery {
  const { own, sqs = own, sns = own, eventBridge = own, s3 = own } = endpoints;
  const load: Readonly<Record<TargetArn["service"], () => Promise<Carrier>>> = {
    sqs: async () => (await import("./sqs-carrier.ts")).createSqsCarrier(sqs),
    sns: async () => (await import("./sns-carrier.ts")).createSnsCarrier(sns),
    events: async () => (await import("./event-bridge-carrier.ts")).createEventBridgeCarrier(eventBridge),
    s3: async () => (await import("./s3-carrier.ts")).createS3Carrier(s3),
    lambda: async () => createLambdaCarrier(invokeAsync),
  };
  const carriers = new Map<TargetArn["service"], Promise<Carrier>>();
  const carrierOf = (service: TargetArn["service"]): Promise<Carrier> => {
    const known = carriers.get(service);
    if (known !== undefined) return known;
    const carrier = load[service]();
    carriers.set(service, carrier);
    carrier.catch(() => carriers.delete(service));
    return carrier;
  };
  return {
    async deliver({ kind, arn: text }, ended) {
      const arn = parseTarget(text, kind);
      try {
        const carrier = await carrierOf(arn.service);
        await carrier.send({ kind, arn, ended, abortSignal: AbortSignal.timeout(tryMs) });
      } catch (error) {
        throw asDeliveryFailure(error, arn);
      }
    },
    close() {
      for (const carrier of carriers.values()) carrier.then((loaded) => loaded.close()).catch(() => undefined);
    },
  };
}

/** The record becomes an event of another function, which has retries of its own. */
function createLambdaCarrier(invokeAsync: DeliveryOptions["invokeAsync"]): Carrier {
  return {
    async send(parcel) {
      const record = bodyOf(parcel);
      requireSize(parcel.arn, [record], ASYNC_PAYLOAD_BYTES_MAX);
      await invokeAsync(parcel.arn.arn, record, parcel.ended.event.traceId);
    },
    close: () => undefined,
  };
}
