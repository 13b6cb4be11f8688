import type { RandomSource } from "@lambdock/fleet/distribution";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import { createArrivals } from "../arrivals/arrivals.ts";
import { sampleDuration, seedFor } from "../durations.ts";
import { seededRandom } from "@lambdock/fleet/seeded-random";
import type { Recorder } from "../measuring/recorder.ts";
import type { Limits, Scenario, Traffic } from "../scenario/scenario.ts";
import type { SimulatedFunction } from "./virtual-environment.ts";
import type { VirtualExecutor } from "./virtual-executor.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a stream of requests is simulated with. */
export interface StreamContext {
  readonly time: VirtualTime;
  readonly executor: VirtualExecutor;
  readonly lifecycle: Lifecycle;
  readonly recorder: Recorder;
  readonly limits: Required<Limits>;
  readonly traffic: Traffic;
  readonly group: SimulatedFunction;
  /** The function's place in the scenario. */
  readonly index: number;
  /** For backoffs. */
  readonly random: RandomSource;
  readonly newRequestId: () => string;
  /** Of one request: how long the function works on it, and whether it fails. */
  readonly draw: () => Draw;
}

export interface Draw {
  readonly durationMs: number;
  /** Of a synchronous request; of what may be tried again see {@link failsThisTime}. */
  readonly fails: boolean;
}

/** Whether an invocation fails that a queue may repeat: drawn for each, however many messages it has. */
export function failsThisTime({ group, random }: Pick<StreamContext, "group" | "random">): boolean {
  const { errorRate } = group.settings;
  return errorRate > 0 && random() < errorRate;
}

/** Draws durations of a stream's requests: the same in a real and in a simulated run. */
export function createDraws(scenario: Pick<Scenario, "seed" | "functions">, traffic: Traffic, place: number): () => Draw {
  const { duration, errorRate } = scenario.functions.find(({ name }) => name === traffic.function)!;
  const random = seededRandom(seedFor(scenario.seed, `durations of ${place}`));
  return () => ({ durationMs: sampleDuration(duration, random), fails: errorRate > 0 && random() < errorRate });
}

/** The arrivals of a stream of a scenario, from the scenario's begin: the same in a real and in a simulated run. */
export function arrivalsOf(scenario: Pick<Scenario, "seed">, traffic: Traffic, place: number): () => number | undefined {
  const next = createArrivals(traffic.phases, seededRandom(seedFor(scenario.seed, `arrivals of ${place}`)));
  return () => {
    const at = next();
    return at === undefined ? undefined : at + traffic.startMs;
  };
}
