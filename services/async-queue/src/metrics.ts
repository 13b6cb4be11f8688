import { Counter, Histogram, Registry } from "prom-client";

/**
 * Asynchronous invocation under CloudWatch's names and dimension, for Prometheus.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export interface AsyncMetrics {
  readonly registry: Registry;
  /** An event was queued by this service: for a destination of kind Lambda. */
  eventReceived(functionName: string): void;
  /** An event is about to be tried, so long after it was accepted. */
  eventAge(functionName: string, ageMs: number): void;
  /** An event ended without success; its dead-letter queue or destination hears of it all the same. */
  dropped(functionName: string): void;
  recursionDropped(functionName: string): void;
  deliveryFailed(functionName: string, kind: "destination" | "dead-letter"): void;
}

const AGE_BUCKETS_MS = [10, 50, 100, 500, 1_000, 5_000, 30_000, 60_000, 120_000, 300_000, 900_000, 3_600_000, 21_600_000];
const LABEL = "FunctionName";

/** Counters in a registry of their own. */
export function createAsyncMetrics(): AsyncMetrics {
  const registry = new Registry();
  const shared = { labelNames: [LABEL] as const, registers: [registry] };
  const counter = (name: string, help: string): ((functionName: string) => void) => {
    const made = new Counter({ ...shared, name, help });
    return (functionName) => made.inc({ [LABEL]: functionName });
  };
  const age = new Histogram({
    ...shared,
    name: "AsyncEventAge",
    help: "Milliseconds from acceptance to an attempt",
    buckets: AGE_BUCKETS_MS,
  });
  const destinationFailed = counter("DestinationDeliveryFailures", "Records that could not be delivered to their destination");
  const deadLetterFailed = counter("DeadLetterErrors", "Events that could not be delivered to their dead-letter queue");
  return {
    registry,
    eventReceived: counter("AsyncEventsReceived", "Events queued for asynchronous invocation"),
    eventAge: (functionName, ageMs) => age.observe({ [LABEL]: functionName }, ageMs),
    dropped: counter("AsyncEventsDropped", "Events given up without a successful run"),
    recursionDropped: counter("RecursiveInvocationsDropped", "Invocations stopped as part of a recursive loop"),
    deliveryFailed: (functionName, kind) => (kind === "destination" ? destinationFailed : deadLetterFailed)(functionName),
  };
}
