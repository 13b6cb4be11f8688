/**
 * Modelled cold starts: how long AWS would have taken, so that a fast laptop with a sandbox at hand
 * shows a realistic tail. What the real start took counts against the sample; only the rest is waited.
 *
 * AWS publishes no distribution. The table below is the literature's for small functions ("hello
 * world", 128-512 MB, +-50 %): https://mikhail.io/serverless/coldstarts/aws/ and, for the effect of
 * memory and the width of the tail, Wang et al., "Peeking Behind the Curtains", ATC'18. Placement is
 * under 20 ms on average (Agache et al., "Firecracker", NSDI'20). Differs from AWS: architecture
 * and package size make no difference in the published table.
 */
import { sampleDistribution, type Distribution, type RandomSource } from "./distribution.ts";

/** What the start of an environment depends on. */
export interface ColdStartSubject {
  /** `nodejs24.x`, `provided.al2023`, …; `image` for a container image. */
  readonly runtime: string;
  readonly memorySizeMb: number;
  readonly architecture: "x86_64" | "arm64";
  /** Restored from a snapshot instead of initialized. Absent is false. */
  readonly snapStart?: boolean;
}

/** One sampled cold start, milliseconds. */
export interface ColdStart {
  /** From the invocation's arrival to the beginning of init: worker, slot, code. Not part of Init Duration. */
  readonly placementMs: number;
  /** The init phase (`Init Duration`), or the restore of a snapshot (`Restore Duration`). */
  readonly initMs: number;
}

/** Init durations of one kind of function, by memory size in ascending order; between two sizes they are interpolated. */
export interface InitCurve {
  /** Runtime with `*` for any characters, or `runtime/architecture`. */
  readonly pattern: string;
  readonly points: readonly { readonly memorySizeMb: number; readonly duration: Distribution }[];
}

/** Which cold starts to model. Of several curves that fit, the first counts; where none fits nothing is added. */
export interface ColdStartModel {
  readonly placement: Distribution;
  readonly init: readonly InitCurve[];
  /** For SnapStart; where none fits, `init` counts. */
  readonly restore: readonly InitCurve[];
}

/** Samples one cold start; two draws at most from the random source, always in the same order. */
export function sampleColdStart(model: ColdStartModel, subject: ColdStartSubject, random: RandomSource): ColdStart {
  const placementMs = sampleDistribution(model.placement, random);
  const restored = subject.snapStart === true ? curveOf(model.restore, subject) : undefined;
  const curve = restored ?? curveOf(model.init, subject);
  return { placementMs, initMs: curve === undefined ? 0 : sampleCurve(curve, subject.memorySizeMb, random()) };
}

function curveOf(curves: readonly InitCurve[], { runtime, architecture }: ColdStartSubject): InitCurve | undefined {
  return curves.find(({ pattern }) => matches(pattern, pattern.includes("/") ? `${runtime}/${architecture}` : runtime));
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

/** The same draw on both neighbours, so that the tail changes with memory as smoothly as the median. */
function sampleCurve({ points }: InitCurve, memorySizeMb: number, uniform: number): number {
  const at = (index: number): number => sampleDistribution(points[index]!.duration, () => uniform);
  const above = points.findIndex((point) => point.memorySizeMb >= memorySizeMb);
  if (above === -1) return at(points.length - 1);
  if (above === 0) return at(0);
  const [low, high] = [points[above - 1]!.memorySizeMb, points[above]!.memorySizeMb];
  // CPU, and with it init time, goes with the ratio of two sizes rather than with their difference.
  const share = Math.log(memorySizeMb / low) / Math.log(high / low);
  return at(above - 1) + share * (at(above) - at(above - 1));
}

/** Wang et al.: 265 ms at 128 MB, 250 ms at 1,536 MB. */
const LARGE_MEMORY_FACTOR = 250 / 265;
/** The tail's p99 is two to five times the median; the less memory, the more. */
const TAIL_SMALL = 4;
const TAIL_LARGE = 3;

function published(pattern: string, medianMs: number): InitCurve {
  const large = medianMs * LARGE_MEMORY_FACTOR;
  return {
    pattern,
    points: [
      { memorySizeMb: 128, duration: { kind: "lognormal", medianMs, p99Ms: medianMs * TAIL_SMALL } },
      { memorySizeMb: 1_536, duration: { kind: "lognormal", medianMs: large, p99Ms: large * TAIL_LARGE } },
    ],
  };
}

/** `LAMBDOCK_COLD_START=published`. Medians are the middle of the published ranges. */
export const publishedColdStarts: ColdStartModel = {
  placement: { kind: "lognormal", medianMs: 10, p99Ms: 30 },
  init: [
    published("provided*", 45),
    published("python*", 100),
    published("nodejs*", 145),
    published("ruby*", 180),
    published("java*", 390),
    published("dotnet*", 240),
    // No range is published for images; the small ones of the literature start like Node's, with a longer way to the code.
    published("*", 200),
  ],
  restore: [published("java*", 400), published("*", 300)],
};
