import { availableParallelism } from "node:os";
import { factor, integer, type Setting } from "@lambdock/kernel/config";
import type { FleetLimits } from "@lambdock/fleet/fleet-protocol";
import type { Range } from "@lambdock/fleet/lifetime";

/** Bounds of the executor; see {@link FleetLimits}. */
export type ExecutorLimits = FleetLimits;

const DAY_SECONDS = 86_400;

/** The executor's bounds, shared by the service and `npm start`. */
export const limitSettings = {
  accountConcurrency: integer(
    "LAMBDOCK_CONCURRENCY",
    1_000,
    { min: 1, max: 1_000_000 },
    "Concurrent invocations of an account in a region; one more is throttled",
  ),
  scalingBurst: integer(
    "LAMBDOCK_SCALING_BURST",
    1_000,
    { min: 0, max: 1_000_000 },
    "Environments that a function may take into use at once; 0: no bound, whatever the rate",
  ),
  scalingPerSecond: integer("LAMBDOCK_SCALING_PER_SECOND", 100, { min: 1, max: 1_000_000 }, "And so many more per second"),
  requestsPerConcurrency: integer(
    "LAMBDOCK_REQUESTS_PER_CONCURRENCY",
    10,
    { min: 0, max: 1_000_000 },
    "Synchronous requests per second for each concurrent invocation of a limit; 0: no bound",
  ),
  provisionedDelaySeconds: integer(
    "LAMBDOCK_PROVISIONED_DELAY_SECONDS",
    0,
    { min: 0, max: DAY_SECONDS },
    "Allocating provisioned concurrency begins so many seconds after it was asked for",
  ),
  provisionedPerMinute: integer(
    "LAMBDOCK_PROVISIONED_PER_MINUTE",
    6_000,
    { min: 0, max: 10_000_000 },
    "Provisioned environments of a function begun per minute; 0: no bound",
  ),
  environmentsPerFunction: integer(
    "LAMBDOCK_FUNCTION_ENVIRONMENTS_MAX",
    0,
    { min: 0, max: 100_000 },
    "Environments per function version, at which invocations wait; 0: no bound",
  ),
  parallelStarts: integer(
    "LAMBDOCK_PARALLEL_STARTS",
    Math.max(4, availableParallelism() * 2),
    { min: 1, max: 1_000 },
    "Sandboxes made at the same time",
  ),
  sparesPerFunction: integer(
    "LAMBDOCK_SPARES_PER_FUNCTION",
    1,
    { min: 0, max: 100 },
    "Sandboxes kept ready per function version in use, more after a burst; 0: every cold start waits for a new sandbox",
  ),
  spares: integer("LAMBDOCK_SPARES", 8, { min: 0, max: 10_000 }, "Sandboxes kept ready in all"),
  idleSeconds: integer(
    "LAMBDOCK_IDLE_SECONDS",
    0,
    { min: 0, max: DAY_SECONDS },
    "An idle execution environment is stopped after exactly so many seconds; 0: as the next two say",
  ),
  idleMinutes: range("LAMBDOCK_IDLE_MINUTES", "5-15", "An idle execution environment is stopped after a time out of this range"),
  idleHalvingSeconds: integer(
    "LAMBDOCK_IDLE_HALVING_SECONDS",
    300,
    { min: 0, max: DAY_SECONDS },
    "So often half of the environments that a function did not need since are stopped; 0: never",
  ),
  maxAgeHours: range("LAMBDOCK_MAX_AGE_HOURS", "2-8", "An execution environment is replaced at an age out of this range"),
  timeScale: factor(
    "LAMBDOCK_TIME_SCALE",
    1,
    "Lifetimes of environments and the delay of provisioned concurrency pass so many times faster",
  ),
} as const;

type LimitConfig = { readonly [Name in keyof typeof limitSettings]: Exclude<ReturnType<(typeof limitSettings)[Name]["parse"]>, undefined> };

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Turns the settings into the fleet's limits. */
export function limitsOf(config: LimitConfig): ExecutorLimits {
  const { timeScale, idleSeconds } = config;
  // What is given in seconds is meant as given: whoever sets it wants to see it on the clock.
  const fixed = idleSeconds > 0;
  return {
    accountConcurrency: config.accountConcurrency,
    environmentsPerFunction: config.environmentsPerFunction,
    parallelStarts: config.parallelStarts,
    sparesPerFunction: config.sparesPerFunction,
    spares: config.spares,
    scalingBurst: config.scalingBurst,
    scalingPerSecond: config.scalingPerSecond,
    requestsPerConcurrency: config.requestsPerConcurrency,
    provisionedDelayMs: (config.provisionedDelaySeconds * SECOND_MS) / timeScale,
    provisionedPerMinute: config.provisionedPerMinute,
    idleMs: fixed ? { min: idleSeconds * SECOND_MS, max: idleSeconds * SECOND_MS } : times(config.idleMinutes, MINUTE_MS / timeScale),
    idleHalvingMs: fixed ? 0 : (config.idleHalvingSeconds * SECOND_MS) / timeScale,
    ageMs: times(config.maxAgeHours, HOUR_MS / timeScale),
  };
}

function times({ min, max }: Range, by: number): Range {
  return { min: min * by, max: max * by };
}

/** Two numbers with a dash between them, or one that stands for both. */
function range(variable: string, fallback: string, meaning: string): Setting<Range> {
  return {
    variable,
    fallback,
    meaning,
    expected: "a range such as 5-15, or one number, more than 0",
    parse: (value) => {
      const [, low, high = low] = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?$/.exec(value) ?? [];
      const bounds = { min: Number(low), max: Number(high) };
      return bounds.min > 0 && bounds.min <= bounds.max ? bounds : undefined;
    },
  };
}
