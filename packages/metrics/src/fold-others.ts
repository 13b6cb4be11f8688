/** Asynchronous events and event source mappings: facts that need no memory. */
import type { LifecycleEvent, MappingStep } from "@lambdock/model/lifecycle";
import { mappingRow, resourceRow } from "./dimensions.ts";
import type { FunctionParts } from "./limits.ts";
import type { MetricName } from "./metric-names.ts";
import type { Place, Rows } from "./rows.ts";

/** Where an event of a function is counted. */
export interface FoldTarget {
  readonly rows: Rows;
  readonly parts: FunctionParts;
}

type Of<Type extends LifecycleEvent["type"]> = Extract<LifecycleEvent, { type: Type }>;

/** Metrics of https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics */
const OF_STEP: Readonly<Partial<Record<MappingStep, MetricName>>> = {
  "batch-polled": "PolledEventCount",
  filtered: "FilteredOutEventCount",
  "batch-invoked": "InvokedEventCount",
  "batch-failed": "FailedInvokeEventCount",
  discarded: "DroppedEventCount",
  delivered: "OnFailureDestinationDeliveredEventCount",
};

/** The row of a function's resource in the minute of an event. */
export function placeOf({ parts }: FoldTarget, qualifier: string | undefined, at: number): Place {
  return { scope: parts.scope, row: resourceRow(parts.name, qualifier), minute: Math.floor(at / 60_000) };
}

/** AsyncEventsReceived, AsyncEventAge, AsyncEventsDropped, DeadLetterErrors and DestinationDeliveryFailures. */
export function foldAsyncEvent(event: Of<"async-event">, target: FoldTarget): void {
  const add = (metric: MetricName, value: number): void => target.rows.add(placeOf(target, event.qualifier, event.at), metric, value);
  switch (event.state) {
    case "queued":
      return add("AsyncEventsReceived", 1);
    case "attempt":
      return event.ageMs === undefined ? undefined : add("AsyncEventAge", event.ageMs);
    case "dropped":
      return add("AsyncEventsDropped", 1);
    case "delivery-failed":
      if (event.target !== undefined) add(event.target === "dead-letter" ? "DeadLetterErrors" : "DestinationDeliveryFailures", 1);
      return;
    default:
      return;
  }
}

/** IteratorAge, of the function and of the mapping, and the mapping's event counts. */
export function foldMapping(event: Of<"mapping">, target: FoldTarget): void {
  const { at, uuid, step, records = 0, iteratorAgeMs } = event;
  const ofFunction = placeOf(target, target.parts.qualifier, at);
  const ofMapping = { ...ofFunction, row: mappingRow(uuid) };
  const metric = OF_STEP[step];
  if (metric !== undefined && records > 0) target.rows.add(ofMapping, metric, records);
  // Messages of a queue are deleted after success; a stream keeps its records.
  if (step === "batch-succeeded" && records > 0 && event.eventSourceArn.split(":")[2] === "sqs")
    target.rows.add(ofMapping, "DeletedEventCount", records);
  if (iteratorAgeMs === undefined) return;
  for (const place of [ofFunction, ofMapping]) target.rows.add(place, "IteratorAge", iteratorAgeMs);
}
