/**
 * Tells a target how an event ended: a destination receives the record, a dead-letter queue the
 * event itself with three attributes (async.md sections 3.1 and 4).
 */
import { destinationRecord, type Ended } from "@lambdock/async-invoke/destination-record";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import { DeliveryFailed } from "./delivery-failed.ts";
import type { DeliveryEndpoints } from "./endpoints.ts";
import type { Carrier } from "./parcel.ts";
import { parseTarget, type TargetArn } from "./target-arn.ts";

export interface DeliveryOptions {
  readonly endpoints: DeliveryEndpoints;
  /** Makes the payload an asynchronous event of that function. */
  readonly invokeAsync: (functionArn: string, payload: string, traceId: string) => Promise<void>;
}

/** The delivering end. */
export interface Delivery {
  /** Resolves once the target has it; rejects with DeliveryFailed. */
  deliver(target: DeliveryTarget, ended: Ended): Promise<void>;
  close(): void;
}

/** A delivery over the AWS SDK. A service's client is loaded when the first target needs it: together they are larger than the rest of the process. */
export function createDelivery({ endpoints, invokeAsync }: DeliveryOptions): Delivery {
  const { own, sqs = own, sns = own, eventBridge = own, s3 = own } = endpoints;
  const load: Readonly<Record<TargetArn["service"], () => Promise<Carrier>>> = {
    sqs: async () => (await import("./sqs-carrier.ts")).createSqsCarrier(sqs),
    sns: async () => (await import("./sns-carrier.ts")).createSnsCarrier(sns),
    events: async () => (await import("./event-bridge-carrier.ts")).createEventBridgeCarrier(eventBridge),
    s3: async () => (await import("./s3-carrier.ts")).createS3Carrier(s3),
    lambda: async () => ({
      send: ({ arn, ended }) => invokeAsync(arn.arn, destinationRecord(ended), ended.event.traceId),
      close: () => undefined,
    }),
  };
  const carriers = new Map<TargetArn["service"], Promise<Carrier>>();
  const carrierOf = (service: TargetArn["service"]): Promise<Carrier> => {
    const carrier = carriers.get(service) ?? load[service]();
    carriers.set(service, carrier);
    return carrier;
  };
  return {
    async deliver(target, ended) {
      try {
        const arn = parseTarget(target.arn);
        await (await carrierOf(arn.service)).send({ kind: target.kind, arn, ended });
      } catch (error) {
        throw asFailure(error, target.arn);
      }
    },
    close() {
      for (const carrier of carriers.values()) void carrier.then((loaded) => loaded.close());
    },
  };
}

function asFailure(error: unknown, arn: string): DeliveryFailed {
  if (error instanceof DeliveryFailed) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new DeliveryFailed(`${arn} could not be reached: ${reason}`, false, { cause: error });
}
