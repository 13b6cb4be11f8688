import { Counter, Histogram, Registry } from "prom-client";

/** Asynchronous invocation in AWS's words, for Prometheus. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export interface AsyncMetrics {
  readonly registry: Registry;
  /** An event is about to be tried, so long after it was accepted. */
  eventAge(functionName: string, ageMs: number): void;
  /** An event ended without success and without a place of its own. */
  dropped(functionName: string): void;
  deliveryFailed(functionName: string, kind: "destination" | "dead-letter"): void;
}

const AGE_BUCKETS_MS = [10, 50, 100, 500, 1_000, 5_000, 30_000, 60_000, 120_000, 300_000, 900_000, 3_600_000, 21_600_000];

/** Counters in a registry of their own. */
export function createAsyncMetrics(): AsyncMetrics {
  const registry = new Registry();
  const shared = { labelNames: ["function_name"] as const, registers: [registry] };
  const age = new Histogram({
    ...shared,
    name: "lambdock_async_event_age_milliseconds",
    help: "AsyncEventAge: from acceptance to an attempt",
    buckets: AGE_BUCKETS_MS,
  });
  const dropped = new Counter({
    ...shared,
    name: "lambdock_async_events_dropped_total",
    help: "AsyncEventsDropped: ended without success and without a destination or dead-letter queue",
  });
  const destinations = new Counter({
    ...shared,
    name: "lambdock_destination_delivery_failures_total",
    help: "DestinationDeliveryFailures: records that could not be delivered",
  });
  const deadLetters = new Counter({
    ...shared,
    name: "lambdock_dead_letter_errors_total",
    help: "DeadLetterErrors: dead letters that could not be delivered",
  });
  return {
    registry,
    eventAge: (functionName, ageMs) => age.observe({ function_name: functionName }, ageMs),
    dropped: (functionName) => dropped.inc({ function_name: functionName }),
    deliveryFailed: (functionName, kind) => (kind === "destination" ? destinations : deadLetters).inc({ function_name: functionName }),
  };
}
