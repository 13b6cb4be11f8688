/** One small scenario for real and in virtual time. */
import type { FunctionTotals, RunResult } from "../measuring/run-result.ts";
import { runLoad } from "../run/run-load.ts";
import { simulate } from "../simulate/simulate.ts";
import type { Scenario, ScenarioFunction } from "../scenario/scenario.ts";

/** One figure of both. */
export interface Compared {
  readonly figure: string;
  readonly real: number;
  readonly simulated: number;
}

/** How far a simulated figure may be from the real one. */
export const REAL_TOLERANCE = 0.05;

export interface RealCheckOptions {
  /** Starts a Lambdock of its own with these settings. */
  readonly startLambdock: (
    settings: Readonly<Record<string, string>>,
  ) => Promise<{ readonly endpoint: string; readonly stop: () => Promise<void> }>;
  readonly say: (sentence: string) => void;
}

const ACCOUNT = 200;
const IDLE_SECONDS = 5;
/** Longer than a child process needs to start on a busy machine: real starts wait for the rest of it. */
const INIT_MS = 1_500;

/** The settings under which the real one runs; {@link validationScenario} has the same. */
const SETTINGS = {
  LAMBDOCK_CONCURRENCY: String(ACCOUNT),
  LAMBDOCK_IDLE_SECONDS: String(IDLE_SECONDS),
  LAMBDOCK_SPARES_PER_FUNCTION: "0",
  LAMBDOCK_SPARES: "0",
  LAMBDOCK_PARALLEL_STARTS: "100",
  LAMBDOCK_COLD_START: JSON.stringify({ init: { "*": INIT_MS } }),
} as const;

/**
 * Bursts beyond a reservation into environments that are cold, then warm, then gone again; beside
 * them a function whose requests now and then meet its limit.
 */
export function validationScenario(): Scenario {
  const constant = (ms: number): ScenarioFunction["duration"] => ({ kind: "constant", ms });
  const common = {
    code: { kind: "modelled" },
    runtime: "nodejs24.x",
    handler: "index.handler",
    memoryMb: 128,
    timeoutMs: 30_000,
    architecture: "x86_64",
    errorRate: 0,
  } as const;
  const bursts = [
    { kind: "burst", count: 40, withinMs: 100, forMs: 3_000 },
    { kind: "burst", count: 40, withinMs: 100, forMs: 1_500 },
    { kind: "constant", rate: 10, forMs: 2_500 },
    { kind: "pause", forMs: 8_000 },
  ] as const;
  return {
    name: "validation",
    description: "The same scenario against a process of its own, and in virtual time.",
    seed: 7,
    limits: {
      accountConcurrency: ACCOUNT,
      idleMs: { min: IDLE_SECONDS * 1_000, max: IDLE_SECONDS * 1_000 },
      idleHalvingMs: 0,
      sparesPerFunction: 0,
      spares: 0,
      parallelStarts: 100,
    },
    coldStart: {
      placement: { kind: "constant", ms: 0 },
      init: [{ pattern: "*", points: [{ memorySizeMb: 128, duration: { kind: "constant", ms: INIT_MS } }] }],
      restore: [],
    },
    functions: [
      { ...common, name: "validate-bursts", duration: constant(500), reserved: 10 },
      { ...common, name: "validate-steady", duration: constant(200), reserved: 2 },
    ],
    traffic: [
      { function: "validate-bursts", via: { kind: "sync" }, startMs: 0, phases: [...bursts, ...bursts], payload: "{}" },
      {
        function: "validate-steady",
        via: { kind: "sync" },
        startMs: 0,
        phases: [{ kind: "poisson", rate: 4, forMs: 28_000 }],
        payload: "{}",
      },
    ],
    drainMs: 20_000,
  };
}

/** Both results, and what is compared of them. */
export interface RealCheck {
  readonly real: RunResult;
  readonly simulated: RunResult;
  readonly compared: readonly Compared[];
}

/** Runs both; throws EndpointError when the real one can't be started. */
export async function checkReal({ startLambdock, say }: RealCheckOptions): Promise<RealCheck> {
  const scenario = validationScenario();
  say("starting a Lambdock of its own");
  const lambdock = await startLambdock(SETTINGS);
  try {
    const { limits, ...rest } = scenario;
    // The process has the same limits as settings: only the account's can be looked at from outside.
    const real = await runLoad(
      { ...rest, limits: { accountConcurrency: limits.accountConcurrency! } },
      { endpoint: lambdock.endpoint, folder: ".", say },
    );
    const simulated = simulate(scenario).result;
    return { real, simulated, compared: compare(real, simulated) };
  } finally {
    await lambdock.stop();
  }
}

function compare(real: RunResult, simulated: RunResult): readonly Compared[] {
  const sum = (run: RunResult, pick: (totals: FunctionTotals) => number): number =>
    run.functions.reduce((total, { totals }) => total + pick(totals), 0);
  const figures = [
    ["served requests", ({ served }: FunctionTotals) => served],
    ["throttles", ({ throttles }: FunctionTotals) => throttles],
    ["cold starts", ({ coldStarts }: FunctionTotals) => coldStarts],
  ] as const;
  return figures.map(([figure, pick]) => ({ figure, real: sum(real, pick), simulated: sum(simulated, pick) }));
}

/** Whether the figure holds. */
export function agrees({ real, simulated }: Compared): boolean {
  return Math.abs(simulated - real) <= REAL_TOLERANCE * real;
}
