/**
 * Tells the on-failure destination of records that were given up: queues and topics get the metadata,
 * buckets the records too (esm.md section 4.3). A destination that can't be reached is tried a few times;
 * then the records are lost, as on AWS, which is logged and counted.
 */
import { randomUUID } from "node:crypto";
import type { Deliverer } from "@lambdock/delivery/deliverer";
import { DeliveryFailed } from "@lambdock/delivery/delivery-failed";
import type { Logger } from "@lambdock/kernel/logger";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import { backoffMs, scaledBackoff, type Backoff } from "@lambdock/polling/streams/backoff";
import { failureObjectKey, failureRecord, type FailedBatch } from "@lambdock/polling/streams/failure-record";
import { invocationEvent } from "@lambdock/polling/streams/invocation-event";

/** Pauses; false: the work is being stopped. Milliseconds. */
export type Pause = (delayMs: number) => Promise<boolean>;

/** How it ended; `stopped`: neither, and it will be tried again from the checkpoint. */
export type DeliveryEnd =
  | { readonly kind: "delivered" | "no-destination" | "stopped" }
  | { readonly kind: "lost"; readonly reason: string };

export interface FailureDeliveryOptions {
  readonly deliverer: Pick<Deliverer, "sendToQueue" | "publish" | "putObject">;
  readonly logger: Logger;
  readonly timeScale: number;
  readonly pause: Pause;
}

const TRIES_MAX = 5;
const RETRY: Backoff = { firstMs: 1_000, factor: 2, maxMs: 30_000 };

/** Delivers a failed batch to the mapping's destination, if it has one. Never rejects. */
export async function deliverFailure(
  batch: FailedBatch,
  mapping: EventSourceMapping,
  options: FailureDeliveryOptions,
): Promise<DeliveryEnd> {
  const arn = mapping.settings.stream?.onFailureDestination;
  if (arn === undefined || arn === "") return { kind: "no-destination" };
  const send = sender(batch, { arn, mapping }, options.deliverer);
  const retry = scaledBackoff(RETRY, options.timeScale);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await send();
      return { kind: "delivered" };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const permanent = error instanceof DeliveryFailed && error.permanent;
      if (permanent || attempt === TRIES_MAX) return lose(batch, { arn, reason }, options.logger);
      if (!(await options.pause(backoffMs(retry, attempt)))) return { kind: "stopped" };
    }
  }
}

function lose(batch: FailedBatch, { arn, reason }: { readonly arn: string; readonly reason: string }, logger: Logger): DeliveryEnd {
  const { shardId, records, failure } = batch;
  const [first, last] = [records[0]?.sequenceNumber, records.at(-1)?.sequenceNumber];
  logger.error("records that were given up are lost: their destination did not take them", {
    destination: arn,
    shardId,
    records: records.length,
    first,
    last,
    condition: failure.condition,
    reason,
  });
  return { kind: "lost", reason };
}

/** The same object and record whichever try succeeds. */
function sender(
  batch: FailedBatch,
  { arn, mapping }: { readonly arn: string; readonly mapping: EventSourceMapping },
  deliverer: FailureDeliveryOptions["deliverer"],
): () => Promise<void> {
  const service = arn.split(":")[2];
  if (service === "s3") {
    const { accountId, region, uuid, eventSourceArn } = mapping;
    const body = failureRecord(batch, invocationEvent(batch.records, { shardId: batch.shardId, eventSourceArn }));
    const key = failureObjectKey(batch, { mapping: uuid, unique: randomUUID() });
    return () => deliverer.putObject({ bucketArn: arn, key, body, place: { region, accountId } });
  }
  const body = failureRecord(batch);
  return service === "sns" ? () => deliverer.publish({ arn, body }) : () => deliverer.sendToQueue({ arn, body });
}
