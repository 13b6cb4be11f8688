/**
 * Tells a target how an event ended: a destination receives the record, a dead-letter queue the
 * event itself with three attributes (async.md sections 3.1 and 4).
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import type { Ended } from "@lambdock/async-invoke/destination-record";
import { traceAfter } from "@lambdock/async-invoke/recursion";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import { createDeliverer, type Deliverer, type DelivererOptions } from "@lambdock/delivery/deliverer";
import { asDeliveryFailure, DeliveryFailed } from "@lambdock/delivery/delivery-failed";
import { requireSize } from "@lambdock/delivery/message";
import { parseTargetArn, type TargetArn, type TargetService } from "@lambdock/delivery/target-arn";
import { ASYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import { attributesOf, bodyOf, busEventOf, objectOf } from "./parcel.ts";

export interface DeliveryOptions extends DelivererOptions {
  /** Makes the payload an asynchronous event of that function. */
  readonly invokeAsync: (functionArn: string, payload: string, traceId: string) => Promise<void>;
}

/** The delivering end. */
export interface Delivery {
  /** Resolves once the target has it; rejects with DeliveryFailed. Tried once: the queue repeats. */
  deliver(target: DeliveryTarget, ended: Ended): Promise<void>;
  close(): void;
}

const SERVICES: Readonly<Record<DeliveryTarget["kind"], readonly TargetService[]>> = {
  destination: ["sqs", "sns", "lambda", "events", "s3"],
  "dead-letter": ["sqs", "sns"],
};

/** A delivery over the AWS SDK, and to functions over our own queue. */
export function createDelivery({ invokeAsync, ...options }: DeliveryOptions): Delivery {
  const deliverer = createDeliverer(options);
  return {
    async deliver(target, ended) {
      const arn = parseTargetArn(target.arn, SERVICES[target.kind]);
      if (arn.service === "lambda") await deliverToFunction(invokeAsync, { arn, body: bodyOf(target.kind, ended), ended });
      else await deliverOutside(deliverer, { arn, service: arn.service, kind: target.kind, ended });
    },
    close: () => deliverer.close(),
  };
}

interface Parcel {
  readonly arn: TargetArn;
  readonly service: Exclude<TargetService, "lambda">;
  readonly kind: DeliveryTarget["kind"];
  readonly ended: Ended;
}

function deliverOutside(deliverer: Deliverer, { arn: { arn }, service, kind, ended }: Parcel): Promise<void> {
  const traceHeader = traceAfter(ended.event);
  const message = { arn, body: bodyOf(kind, ended), attributes: attributesOf(kind, ended), traceHeader };
  switch (service) {
    case "sqs":
      return deliverer.sendToQueue(message);
    case "sns":
      return deliverer.publish(message);
    case "events":
      return deliverer.putEvent({ ...busEventOf(arn, ended), traceHeader });
    case "s3":
      if (ended.condition === "Success") throw new DeliveryFailed(`${arn} is a bucket, and buckets take failed events only.`, true);
      return deliverer.putObject({ ...objectOf(arn, ended), traceHeader });
  }
}

/** The record becomes an event of another function, which has retries of its own. */
async function deliverToFunction(
  invokeAsync: DeliveryOptions["invokeAsync"],
  { arn, body, ended }: { readonly arn: TargetArn; readonly body: string; readonly ended: Ended },
): Promise<void> {
  requireSize(arn, [body], ASYNC_PAYLOAD_BYTES_MAX);
  try {
    await invokeAsync(arn.arn, body, traceAfter(ended.event));
  } catch (error) {
    throw asDeliveryFailure(error, arn);
  }
}
