/**
 * The metrics of CloudWatch's namespace `AWS/Lambda` that are kept.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */

/** The one namespace there is. */
export const NAMESPACE = "AWS/Lambda";

/** Every metric by its name; `code` is what it is called in Redis and never changes. */
export const METRICS = {
  Invocations: { code: "i", unit: "Count" },
  Errors: { code: "e", unit: "Count" },
  Throttles: { code: "t", unit: "Count" },
  Duration: { code: "d", unit: "Milliseconds" },
  PostRuntimeExtensionsDuration: { code: "x", unit: "Milliseconds" },
  ConcurrentExecutions: { code: "c", unit: "Count" },
  UnreservedConcurrentExecutions: { code: "u", unit: "Count" },
  ClaimedAccountConcurrency: { code: "l", unit: "Count" },
  ProvisionedConcurrentExecutions: { code: "p", unit: "Count" },
  ProvisionedConcurrencyInvocations: { code: "v", unit: "Count" },
  ProvisionedConcurrencySpilloverInvocations: { code: "s", unit: "Count" },
  ProvisionedConcurrencyUtilization: { code: "z", unit: "Count" },
  IteratorAge: { code: "a", unit: "Milliseconds" },
  AsyncEventsReceived: { code: "q", unit: "Count" },
  AsyncEventAge: { code: "g", unit: "Milliseconds" },
  AsyncEventsDropped: { code: "o", unit: "Count" },
  DeadLetterErrors: { code: "b", unit: "Count" },
  DestinationDeliveryFailures: { code: "f", unit: "Count" },
  RecursiveInvocationsDropped: { code: "r", unit: "Count" },
  PolledEventCount: { code: "mp", unit: "Count" },
  FilteredOutEventCount: { code: "mf", unit: "Count" },
  InvokedEventCount: { code: "mi", unit: "Count" },
  FailedInvokeEventCount: { code: "me", unit: "Count" },
  DroppedEventCount: { code: "mo", unit: "Count" },
  OnFailureDestinationDeliveredEventCount: { code: "md", unit: "Count" },
  DeletedEventCount: { code: "mx", unit: "Count" },
} as const satisfies Readonly<Record<string, { readonly code: string; readonly unit: "Count" | "Milliseconds" }>>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

const NAMES = new Map<string, MetricName>(Object.entries(METRICS).map(([name, { code }]) => [code, name as MetricName]));

/** The metric of a code; `undefined` for one of a newer Lambdock. */
export function metricOfCode(code: string): MetricName | undefined {
  return NAMES.get(code);
}

/** Whether there is such a metric. */
export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}
