/** How long a function runs: the fleet's distributions, and two that only load has a use for. */
import { sampleDistribution, type Distribution, type RandomSource } from "@lambdock/fleet/distribution";

export type DurationModel =
  | Distribution
  /** Memoryless; the one for which queueing theory has closed forms. */
  | { readonly kind: "exponential"; readonly meanMs: number }
  /** Drawn from these, each as likely. Milliseconds. */
  | { readonly kind: "samples"; readonly samples: readonly number[] };

/** One draw, milliseconds. */
export function sampleDuration(model: DurationModel, random: RandomSource): number {
  if (model.kind === "exponential") return -Math.log(1 - random()) * model.meanMs;
  if (model.kind === "samples") return model.samples[Math.floor(random() * model.samples.length)]!;
  return sampleDistribution(model, random);
}

/** In words, for reports. */
export function durationInWords(model: DurationModel): string {
  switch (model.kind) {
    case "constant":
      return `${model.ms} ms`;
    case "lognormal":
      return `median ${model.medianMs} ms, p99 ${model.p99Ms} ms`;
    case "percentiles":
      return model.points.map(({ percentile, ms }) => `p${percentile} ${ms} ms`).join(", ");
    case "exponential":
      return `exponential, mean ${model.meanMs} ms`;
    case "samples":
      return `${model.samples.length} measured durations`;
  }
}

/** A stream of random numbers of its own for each purpose, so that one more draw here changes nothing there. */
export function seedFor(seed: number, purpose: string): number {
  // FNV-1a over the purpose, begun from the seed.
  let hash = (seed ^ 0x81_1c_9d_c5) >>> 0;
  for (let index = 0; index < purpose.length; index += 1) hash = Math.imul(hash ^ purpose.charCodeAt(index), 0x01_00_01_93) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85_eb_ca_6b) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}
