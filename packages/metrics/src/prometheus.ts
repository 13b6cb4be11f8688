/**
 * The invocation plane's families for Prometheus, by function. Counters begin with the process, as
 * Prometheus expects; gauges are those of the aggregator that has the lease.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import type { Batch, Fold } from "./fold.ts";
import { steps } from "./distribution.ts";
import { createHistograms } from "./histograms.ts";
import { familiesOfGauges } from "./prometheus-gauges.ts";
import { familyText, functionLabels, type Family, type Sample } from "./prometheus-text.ts";
import type { MetricName } from "./metric-names.ts";
import type { Rows } from "./rows.ts";
import { createTallies, type TallyName } from "./tallies.ts";

export interface Prometheus {
  /** Counts what has been written: `rows` with all that they belong to. */
  add(batch: Batch, rows: Rows): void;
  /** The text; without a fold there are no gauges. */
  text(fold: Fold | undefined): string;
}

/** Counters that are CloudWatch metrics too. */
const COUNTERS = {
  Invocations: ["lambdock_invocations_total", "Invocations that ran, whatever came of them"],
  ProvisionedConcurrencyInvocations: ["lambdock_provisioned_invocations_total", "Invocations on provisioned concurrency"],
  ProvisionedConcurrencySpilloverInvocations: [
    "lambdock_provisioned_spillover_invocations_total",
    "Invocations on demand because provisioned concurrency was used up",
  ],
} as const satisfies Readonly<Partial<Record<MetricName, readonly [name: string, help: string]>>>;

/** Counters of tallies, and the label that tells them apart. */
const TALLIES = {
  errors: ["lambdock_errors_total", "Invocations that ended in a function error, by status", "status"],
  throttles: ["lambdock_throttles_total", "Invocations that were not begun for a limit, by the Reason of the 429", "reason"],
  coldStarts: ["lambdock_cold_starts_total", "Invocations that waited for a new environment", undefined],
} as const satisfies Readonly<Partial<Record<TallyName, readonly [name: string, help: string, label: string | undefined]>>>;

/** Counts that a function has from its first invocation on. Reasons of throttles are too many for that. */
const BEGINNINGS = [
  ["coldStarts", ""],
  ["errors", "error"],
  ["errors", "failure"],
  ["errors", "timeout"],
] as const satisfies readonly (readonly [TallyName, string])[];

/** No invocation yet. */
export function createPrometheus(): Prometheus {
  const tallies = createTallies();
  const counters = new Map(Object.keys(COUNTERS).map((metric) => [metric as MetricName, new Map<string, number>()]));
  const durations = createHistograms();
  return {
    add(batch, rows) {
      tallies.merge(batch.tallies);
      for (const [{ scope, row }, metrics] of rows.entries()) {
        if (!row.startsWith("f/")) continue;
        const name = row.slice("f/".length);
        const labels = functionLabels(scope, name);
        // A counter that began at 1 would hide its first: rate() needs the 0 before it.
        if (metrics.has("Invocations")) for (const [tally, label] of BEGINNINGS) tallies.begin(tally, { scope, name }, label);
        for (const [metric, sums] of counters) sums.set(labels, (sums.get(labels) ?? 0) + (metrics.get(metric)?.sum ?? 0));
        const duration = metrics.get("Duration");
        if (duration !== undefined) durations.add(labels, { sum: duration.sum, count: duration.count, steps: steps(duration) });
      }
    },
    text(fold) {
      const families: Family[] = [...counters].map(([metric, sums]) => {
        const [name, help] = COUNTERS[metric as keyof typeof COUNTERS];
        return { name, help, type: "counter", samples: [...sums].map(([labels, value]): Sample => ({ labels, value })) };
      });
      for (const [tally, [name, help, label]] of Object.entries(TALLIES)) {
        const samples = [...tallies.of(tally as TallyName)].map((each): Sample => ({
          labels: functionLabels(each.scope, each.name, label === undefined ? {} : { [label]: each.label }),
          value: each.count,
        }));
        families.push({ name, help, type: "counter", samples });
      }
      families.push(initFamily(tallies));
      families.push(durations.family("lambdock_duration_milliseconds", "Duration of invocations, as CloudWatch's Duration"));
      return [...families, ...familiesOfGauges(fold)].map(familyText).join("");
    },
  };
}

function initFamily(tallies: ReturnType<typeof createTallies>): Family {
  const samples = [...tallies.of("initMs")].flatMap(({ scope, name, sum, count }): Sample[] => [
    { suffix: "_sum", labels: functionLabels(scope, name), value: sum },
    { suffix: "_count", labels: functionLabels(scope, name), value: count },
  ]);
  return { name: "lambdock_init_duration_milliseconds", help: "Init Duration of cold starts", type: "summary", samples };
}
