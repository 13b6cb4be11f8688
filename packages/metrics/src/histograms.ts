/** Prometheus histograms, filled from distributions. */
import type { Step } from "./distribution.ts";
import type { Family, Sample } from "./prometheus-text.ts";

/** Upper bounds, milliseconds: a warm invocation takes about one, the longest 15 minutes. */
const BOUNDS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000] as const;

export interface Histograms {
  /** Values of one set of labels; each counts within 1 % of where it is. */
  add(labels: string, values: { readonly sum: number; readonly count: number; readonly steps: readonly Step[] }): void;
  family(name: string, help: string): Family;
}

/** No values yet. */
export function createHistograms(): Histograms {
  const all = new Map<string, { sum: number; count: number; readonly counts: number[] }>();
  return {
    add(labels, { sum, count, steps }) {
      const histogram = all.get(labels) ?? { sum: 0, count: 0, counts: BOUNDS_MS.map(() => 0) };
      all.set(labels, histogram);
      histogram.sum += sum;
      histogram.count += count;
      for (const step of steps) {
        const index = BOUNDS_MS.findIndex((bound) => step.value <= bound);
        if (index >= 0) histogram.counts[index]! += step.count;
      }
    },
    family: (name, help) => ({ name, help, type: "histogram", samples: [...all].flatMap(([labels, each]) => samplesOf(labels, each)) }),
  };
}

/** Buckets are cumulative. */
function samplesOf(labels: string, { sum, count, counts }: { sum: number; count: number; counts: readonly number[] }): Sample[] {
  let below = 0;
  const buckets = counts.map((each, index): Sample => {
    below += each;
    return { suffix: "_bucket", labels: `${labels},le="${BOUNDS_MS[index]}"`, value: below };
  });
  return [
    ...buckets,
    { suffix: "_bucket", labels: `${labels},le="+Inf"`, value: count },
    { suffix: "_sum", labels, value: sum },
    { suffix: "_count", labels, value: count },
  ];
}
