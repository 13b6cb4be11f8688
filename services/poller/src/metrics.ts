import { Counter, Gauge, Registry } from "prom-client";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import type { MappingStatus } from "@lambdock/model/mapping-status";

/** The mapping that a figure belongs to. */
export type MeasuredMapping = Pick<EventSourceMapping, "uuid" | "functionName" | "source">;

/**
 * Event source mappings in AWS's words, for Prometheus; each call counts so many messages or records.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
 */
export interface MappingMetrics {
  readonly registry: Registry;
  /** PolledEventCount: read from the source. */
  polled(mapping: MeasuredMapping, events: number): void;
  /** FilteredOutEventCount. */
  filteredOut(mapping: MeasuredMapping, events: number): void;
  /** InvokedEventCount: handed to the function, each time again. */
  invoked(mapping: MeasuredMapping, events: number): void;
  /** FailedInvokeEventCount: in invocations that failed, or named as failed in a partial batch response. */
  failedInvoke(mapping: MeasuredMapping, events: number): void;
  /** DroppedEventCount: given up for age or attempts. */
  dropped(mapping: MeasuredMapping, events: number): void;
  /** OnFailureDestinationDeliveredEventCount. */
  delivered(mapping: MeasuredMapping, events: number): void;
  /** DeletedEventCount: deleted from the queue after success. */
  deleted(mapping: MeasuredMapping, events: number): void;
  /** RecursiveInvocationsDropped: a batch was not run because the function is in a loop. */
  recursionDropped(mapping: MeasuredMapping): void;
  /** IteratorAge: how old the last record of a batch was when the batch was handed over. Milliseconds. */
  iteratorAge(mapping: MeasuredMapping, ageMs: number): void;
  /** Where the gauges come from, asked at each scrape. */
  observe(running: () => Iterable<readonly [mapping: MeasuredMapping, status: MappingStatus]>): void;
  /** The mapping is gone, and its figures with it. */
  forget(mapping: MeasuredMapping): void;
}

const LABELS = ["uuid", "function_name", "source"] as const;
type Label = (typeof LABELS)[number];

/** Figures in a registry of their own. */
export function createMappingMetrics(): MappingMetrics {
  const registry = new Registry();
  const counter = (name: string, help: string): Counter<Label> =>
    new Counter({ name: `lambdock_mapping_${name}_total`, help, labelNames: LABELS, registers: [registry] });
  const gauge = (name: string, help: string): Gauge<Label> =>
    new Gauge({ name: `lambdock_mapping_${name}`, help, labelNames: LABELS, registers: [registry] });
  const figures = {
    polled: counter("polled_events", "PolledEventCount: events read from the source"),
    filteredOut: counter("filtered_out_events", "FilteredOutEventCount: events that no filter let through"),
    invoked: counter("invoked_events", "InvokedEventCount: events handed to the function"),
    failedInvoke: counter("failed_invoke_events", "FailedInvokeEventCount: events whose invocation failed"),
    dropped: counter("dropped_events", "DroppedEventCount: events given up for age or attempts"),
    delivered: counter("on_failure_destination_delivered_events", "OnFailureDestinationDeliveredEventCount"),
    deleted: counter("deleted_events", "DeletedEventCount: messages deleted after success"),
  };
  const age = gauge("iterator_age_milliseconds", "IteratorAge: age of the last record of the newest batch");
  const gauges = createGauges(registry, gauge);
  // CloudWatch's own name and dimension, as the other services count it.
  const recursions = new Counter({
    name: "RecursiveInvocationsDropped",
    help: "Invocations stopped because their function is in a recursive loop",
    labelNames: ["FunctionName"],
    registers: [registry],
  });
  const count = (figure: Counter<Label>) => (mapping: MeasuredMapping, events: number) => figure.inc(labelsOf(mapping), events);
  return {
    registry,
    polled: count(figures.polled),
    filteredOut: count(figures.filteredOut),
    invoked: count(figures.invoked),
    failedInvoke: count(figures.failedInvoke),
    dropped: count(figures.dropped),
    delivered: count(figures.delivered),
    deleted: count(figures.deleted),
    recursionDropped: ({ functionName }) => recursions.inc({ FunctionName: functionName }),
    iteratorAge: (mapping, ageMs) => age.set(labelsOf(mapping), ageMs),
    observe: (running) => gauges.observe(running),
    forget(mapping) {
      for (const figure of [...Object.values(figures), age]) figure.remove(labelsOf(mapping));
    },
  };
}

/** Gauges of the state of now, set when somebody looks. */
function createGauges(registry: Registry, gauge: (name: string, help: string) => Gauge<Label>): Pick<MappingMetrics, "observe"> {
  let running: () => Iterable<readonly [MeasuredMapping, MappingStatus]> = () => [];
  // A registry asks its metrics in their order: this first one sets the other two.
  new Gauge({
    name: "lambdock_mapping_batches_in_flight",
    help: "Batches that the function is working on",
    labelNames: LABELS,
    registers: [registry],
    collect() {
      for (const each of [this, pollers, queueAge]) each.reset();
      for (const [mapping, status] of running()) {
        this.set(labelsOf(mapping), status.batchesInFlight);
        pollers.set(labelsOf(mapping), status.pollers);
        if (status.ageMs !== undefined) queueAge.set(labelsOf(mapping), status.ageMs);
      }
    },
  });
  const pollers = gauge("pollers", "Pollers of a queue, or shard readers of a stream");
  const queueAge = gauge("queue_age_milliseconds", "How far the oldest event that waits in the poller is behind");
  return {
    observe(source) {
      running = source;
    },
  };
}

function labelsOf(mapping: MeasuredMapping): Record<Label, string> {
  return { uuid: mapping.uuid, function_name: mapping.functionName, source: mapping.source };
}
