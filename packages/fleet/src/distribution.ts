/**
 * Durations as distributions. One uniform number makes one sample (inverse transform), so that a
 * larger number always means a longer duration and a seed reproduces a run draw by draw.
 */

/** How long something takes, milliseconds. */
export type Distribution =
  | { readonly kind: "constant"; readonly ms: number }
  /** Positive with a long tail, told by its median and its 99th percentile. */
  | { readonly kind: "lognormal"; readonly medianMs: number; readonly p99Ms: number }
  /** As measured: durations at ascending percentiles (0-100), straight lines between them. */
  | { readonly kind: "percentiles"; readonly points: readonly { readonly percentile: number; readonly ms: number }[] };

/** Uniform in [0, 1): `Math.random`, or a seeded source. */
export type RandomSource = () => number;

/** Quantile of the standard normal distribution at 0.99. */
const Z99 = 2.326_347_874_040_841;
/** Beyond these a lognormal's tail says more about its formula than about Lambda. */
const UNIFORM_MIN = 0.000_01;
const UNIFORM_MAX = 0.999_99;

/** The duration at one point of the distribution; `uniform` in [0, 1]. */
export function quantile(distribution: Distribution, uniform: number): number {
  switch (distribution.kind) {
    case "constant":
      return distribution.ms;
    case "lognormal": {
      const { medianMs, p99Ms } = distribution;
      if (medianMs === 0) return 0;
      const sigma = Math.log(p99Ms / medianMs) / Z99;
      return medianMs * Math.exp(sigma * normalQuantile(Math.min(UNIFORM_MAX, Math.max(UNIFORM_MIN, uniform))));
    }
    case "percentiles":
      return between(distribution.points, uniform * 100);
  }
}

/** One draw. */
export function sampleDistribution(distribution: Distribution, random: RandomSource): number {
  return distribution.kind === "constant" ? distribution.ms : quantile(distribution, random());
}

function between(points: readonly { readonly percentile: number; readonly ms: number }[], percentile: number): number {
  const above = points.findIndex((point) => point.percentile >= percentile);
  if (above === -1) return points.at(-1)!.ms;
  if (above === 0) return points[0]!.ms;
  const [low, high] = [points[above - 1]!, points[above]!];
  return low.ms + ((percentile - low.percentile) / (high.percentile - low.percentile)) * (high.ms - low.ms);
}

/** Acklam's rational approximation; its relative error stays under 1.2e-9. */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.024_25) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL_TOP, q) / (polynomial(TAIL_BOTTOM, q) * q + 1);
  }
  const q = p - 0.5;
  return (polynomial(CENTRE_TOP, q * q) * q) / (polynomial(CENTRE_BOTTOM, q * q) * q * q + 1);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const CENTRE_TOP = [
  -39.696_830_286_653_76, 220.946_098_424_520_5, -275.928_510_446_968_7, 138.357_751_867_269, -30.664_798_066_147_16, 2.506_628_277_459_239,
];
const CENTRE_BOTTOM = [
  -54.476_098_798_224_06, 161.585_836_858_040_9, -155.698_979_859_886_6, 66.801_311_887_719_72, -13.280_681_552_885_72,
];
const TAIL_TOP = [
  -0.007_784_894_002_430_293, -0.322_396_458_041_136_5, -2.400_758_277_161_838, -2.549_732_539_343_734, 4.374_664_141_464_968,
  2.938_163_982_698_783,
];
const TAIL_BOTTOM = [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416];
