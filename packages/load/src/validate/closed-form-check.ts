/** The simulator against the closed form. */
import { simulate } from "../simulate/simulate.ts";
import type { Scenario, ScenarioFunction } from "../scenario/scenario.ts";
import { coldStartProbability, coldStartProbabilityAlone, type KeepAlive } from "./cold-start-probability.ts";

/** One case: what was computed, what was simulated. */
export interface ClosedFormResult {
  readonly name: string;
  readonly expected: number;
  readonly simulated: number;
  readonly arrivals: number;
}

/** How far a simulated probability may be from the computed one. */
export const CLOSED_FORM_TOLERANCE = 0.02;

const CASES: readonly (KeepAlive & { readonly name: string; readonly hours: number; readonly alone?: true })[] = [
  { name: "once at a time (reserved 1), 0.5/s", arrivalsPerSecond: 0.5, meanDurationSeconds: 0.4, idleSeconds: 2, hours: 120, alone: true },
  { name: "seldom: 0.1/s of 1 s, idle for 10 s", arrivalsPerSecond: 0.1, meanDurationSeconds: 1, idleSeconds: 10, hours: 300 },
  { name: "some at a time: 2/s of 1 s, idle for 4 s", arrivalsPerSecond: 2, meanDurationSeconds: 1, idleSeconds: 4, hours: 60 },
  { name: "many at a time: 20/s of 1 s, idle for 5 s", arrivalsPerSecond: 20, meanDurationSeconds: 1, idleSeconds: 5, hours: 12 },
];

/** Simulates every case; `scale` shortens them all. */
export function checkClosedForm(scale = 1): readonly ClosedFormResult[] {
  return CASES.map((each) => {
    const expected = each.alone === true ? coldStartProbabilityAlone(each) : coldStartProbability(each);
    const { totals } = simulate(scenarioOf(each, each.hours * scale)).result.functions[0]!;
    return { name: each.name, expected, simulated: totals.coldStarts / totals.invocations, arrivals: totals.offered };
  });
}

/** Whether the case holds. */
export function holds({ expected, simulated }: ClosedFormResult): boolean {
  return Math.abs(simulated / expected - 1) <= CLOSED_FORM_TOLERANCE;
}

/** Environments come into being at once, and live for as long as they are idle for less than the given time. */
function scenarioOf({ arrivalsPerSecond, meanDurationSeconds, idleSeconds, alone }: (typeof CASES)[number], hours: number): Scenario {
  const idleMs = idleSeconds * 1_000;
  const forever = 1e15;
  const subject: ScenarioFunction = {
    name: "subject",
    code: { kind: "modelled" },
    runtime: "nodejs24.x",
    handler: "index.handler",
    memoryMb: 128,
    timeoutMs: 900_000,
    architecture: "x86_64",
    duration: { kind: "exponential", meanMs: meanDurationSeconds * 1_000 },
    errorRate: 0,
    ...(alone === true ? { reserved: 1 } : {}),
  };
  const forMs = hours * 3_600_000;
  return {
    name: "closed form",
    seed: 1,
    limits: { idleMs: { min: idleMs, max: idleMs }, idleHalvingMs: 0, ageMs: { min: forever, max: forever }, accountConcurrency: 10_000 },
    coldStart: { placement: { kind: "constant", ms: 0 }, init: [], restore: [] },
    functions: [subject],
    traffic: [
      {
        function: "subject",
        via: { kind: "sync" },
        startMs: 0,
        phases: [{ kind: "poisson", rate: arrivalsPerSecond, forMs }],
        payload: "{}",
      },
    ],
    drainMs: 60_000,
  };
}
