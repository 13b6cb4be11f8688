/**
 * How likely an arrival is to find no warm environment, in closed form: what the simulator is held
 * against.
 *
 * Arrivals are Poisson with rate L, durations exponential with rate m, an arrival takes an idle
 * environment or gets a new one, so that nobody waits: the number N of busy environments is the
 * M/M/infinity queue, stationary Poisson with mean L/m, and arrivals see it so (PASTA: Wolff,
 * "Poisson Arrivals See Time Averages", Operations Research 30, 1982).
 *
 * The environment that was used last is taken first, so idle ones are a stack. Let N step up from n
 * to n + 1. The environment that is popped was pushed when N stepped down from n + 1 to n the last
 * time: whatever was pushed since, above it, was popped since, as N went below n and came back.
 * So it was idle for exactly as long as N stayed at or below n: the first passage time T(n) of the
 * queue from n to n + 1. It is gone if that was longer than the time to live t. Therefore
 *
 *     P(cold) = sum over n of  Poisson(n; L/m) * P(T(n) > t)
 *
 * T(n) is the time to absorption of a chain with the states 0..n, up with rate L and down from i
 * with rate i*m, begun in n; its tail is computed by uniformization (Jensen 1953; Grassmann,
 * "Transient solutions in Markovian queueing systems", Computers & OR 4, 1977). With n = 0 it is
 * exp(-L t), which is all there is for a function that may run once at a time: an admitted arrival
 * then always finds N = 0, whatever the distribution of durations.
 */

/** Rates per second, times in seconds. */
export interface KeepAlive {
  readonly arrivalsPerSecond: number;
  readonly meanDurationSeconds: number;
  readonly idleSeconds: number;
}

/** What is left out of sums. */
const NEGLIGIBLE = 1e-9;

/** Share of arrivals that start cold, with as many environments as needed. */
export function coldStartProbability({ arrivalsPerSecond, meanDurationSeconds, idleSeconds }: KeepAlive): number {
  const load = arrivalsPerSecond * meanDurationSeconds;
  const chain = { up: arrivalsPerSecond, down: 1 / meanDurationSeconds };
  let probability = 0;
  let seen = 0;
  for (let n = 0; 1 - seen > NEGLIGIBLE && n < 10 * load + 100; n += 1) {
    const weight = poisson(n, load);
    seen += weight;
    probability += weight * passageLongerThan(idleSeconds, n, chain);
  }
  return probability;
}

/** Share of admitted arrivals that start cold, of a function that may run once at a time. */
export function coldStartProbabilityAlone({ arrivalsPerSecond, idleSeconds }: Omit<KeepAlive, "meanDurationSeconds">): number {
  return Math.exp(-arrivalsPerSecond * idleSeconds);
}

/** P(T(n) > seconds). */
function passageLongerThan(seconds: number, n: number, { up, down }: { readonly up: number; readonly down: number }): number {
  const pace = up + n * down;
  // Where the chain is after k steps of the uniformized one, of those not absorbed.
  let state = new Float64Array(n + 1);
  state[n] = 1;
  let tail = 0;
  let counted = 0;
  let logarithm = -pace * seconds;
  for (let step = 0; 1 - counted > NEGLIGIBLE; step += 1) {
    const weight = Math.exp(logarithm);
    logarithm += Math.log((pace * seconds) / (step + 1));
    counted += weight;
    tail += weight * state.reduce((sum, share) => sum + share, 0);
    // Far beyond its mean a Poisson weight rounds to nothing.
    if (step > pace * seconds && weight < NEGLIGIBLE * NEGLIGIBLE) break;
    const next = new Float64Array(n + 1);
    for (let i = 0; i <= n; i += 1) {
      const share = state[i]! / pace;
      next[i] = next[i]! + share * (pace - up - i * down);
      if (i > 0) next[i - 1] = next[i - 1]! + share * i * down;
      if (i < n) next[i + 1] = next[i + 1]! + share * up;
    }
    state = next;
  }
  return tail;
}

/** By logarithms: neither power nor factorial fits a number. */
function poisson(n: number, mean: number): number {
  if (mean === 0) return n === 0 ? 1 : 0;
  let logarithm = -mean + n * Math.log(mean);
  for (let factor = 2; factor <= n; factor += 1) logarithm -= Math.log(factor);
  return Math.exp(logarithm);
}
