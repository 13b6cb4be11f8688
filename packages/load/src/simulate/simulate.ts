/** A scenario in virtual time. */
import { seededRandom } from "@lambdock/fleet/seeded-random";
import type { FleetLimits } from "@lambdock/fleet/fleet-protocol";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { seedFor } from "../durations.ts";
import { Recorder } from "../measuring/recorder.ts";
import type { RunResult } from "../measuring/run-result.ts";
import { limitsOf, plannedMs, runFacts } from "../scenario/run-facts.ts";
import { noteUndone } from "../scenario/undone.ts";
import type { Limits, Scenario, ScenarioFunction } from "../scenario/scenario.ts";
import { asyncStream } from "./async-stream.ts";
import { kinesisStream } from "./kinesis-stream.ts";
import { sqsStream } from "./sqs-stream.ts";
import { arrivalsOf, createDraws, type StreamContext } from "./stream-context.ts";
import { syncStream, type Take } from "./sync-stream.ts";
import type { SimulatedFunction } from "./virtual-environment.ts";
import { VirtualExecutor } from "./virtual-executor.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface SimulateOptions {
  /** Sees every lifecycle event of the run. */
  readonly onEvent?: (event: LifecycleEvent) => void;
  /** Told every so many events, with the share of the run that is over. */
  readonly onProgress?: (share: number) => void;
}

/** A simulated run and what it took. */
export interface Simulation {
  readonly result: RunResult;
  readonly events: number;
}

/** Events between two words of progress. */
const PROGRESS_STEPS = 50;

/** Runs the scenario; the same scenario and seed give the same result, bit by bit. */
export function simulate(scenario: Scenario, { onEvent, onProgress }: SimulateOptions = {}): Simulation {
  const limits = limitsOf(scenario);
  // What is provisioned is ready when the first request comes.
  const time = new VirtualTime(
    scenario.functions.some(({ provisioned }) => provisioned !== undefined) ? -PROVISIONING_MS - limits.provisionedDelayMs : 0,
  );
  const facts = { kind: "simulated", where: "in virtual time", startedAt: 0, accountConcurrency: limits.accountConcurrency } as const;
  const recorder = new Recorder(runFacts(scenario, facts));
  const lifecycle = {
    emit(event: LifecycleEvent): void {
      recorder.lifecycle(event);
      onEvent?.(event);
    },
  };
  const functions = scenario.functions.map(simulated);
  const random = seededRandom(seedFor(scenario.seed, "environments"));
  const executor = new VirtualExecutor({ time, limits: fleetLimits(limits), coldStart: scenario.coldStart, lifecycle, random, functions });
  let requests = 0;
  const shared = { time, executor, lifecycle, recorder, limits, newRequestId: () => `r${(requests += 1)}` };
  scenario.traffic.forEach((traffic, place) => {
    const index = scenario.functions.findIndex(({ name }) => name === traffic.function);
    const streamRandom = seededRandom(seedFor(scenario.seed, `stream ${place}`));
    const draw = createDraws(scenario, traffic, place);
    const context: StreamContext = { ...shared, traffic, group: functions[index]!, index, random: streamRandom, draw };
    feed(context, streamOf(context), arrivalsOf(scenario, traffic, place));
  });
  const endMs = plannedMs(scenario) + scenario.drainMs;
  for (let step = 1; step <= PROGRESS_STEPS; step += 1) {
    time.runUntil((endMs * step) / PROGRESS_STEPS);
    onProgress?.(step / PROGRESS_STEPS);
  }
  noteUndone(recorder, scenario);
  return { result: recorder.finish(), events: time.events };
}

function streamOf(context: StreamContext): Take {
  const { via } = context.traffic;
  switch (via.kind) {
    case "sync":
      return syncStream(context);
    case "async":
      return asyncStream(context);
    case "sqs":
      return sqsStream(context, via);
    case "kinesis":
      return kinesisStream(context, via);
  }
}

/** One arrival at a time is due: however long the traffic, the heap stays small. */
function feed({ time, recorder, index }: StreamContext, take: Take, next: () => number | undefined): void {
  const kind = time.handle(() => {
    recorder.offered(index, time.now);
    // First the next, so that what this one causes at the same instant comes after it.
    schedule();
    take();
  });
  const schedule = (): void => {
    const at = next();
    if (at !== undefined) time.push(Math.max(0, at - time.now), kind, 0);
  };
  schedule();
}

function simulated(settings: ScenarioFunction): SimulatedFunction {
  const qualified = settings.provisioned !== undefined;
  return {
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${settings.name}`,
    version: qualified ? "1" : "$LATEST",
    revision: "1",
    settings,
    ...(qualified ? { qualifier: "1" } : {}),
  };
}

/** Everything that the fleet bounds, and nothing else of the limits. */
function fleetLimits({ asyncDispatch: _asyncDispatch, timeScale, unreservedMinimum: _minimum, ...limits }: Required<Limits>): FleetLimits {
  const scaled = (range: FleetLimits["idleMs"]): FleetLimits["idleMs"] => ({ min: range.min / timeScale, max: range.max / timeScale });
  return {
    ...limits,
    provisionedPerMinute: PROVISIONED_PER_MINUTE,
    // As the executor has it: AWS's lifetimes pass so many times faster.
    idleMs: scaled(limits.idleMs),
    ageMs: scaled(limits.ageMs),
    idleHalvingMs: limits.idleHalvingMs / timeScale,
    provisionedDelayMs: limits.provisionedDelayMs / timeScale,
  };
}

/** As long as Lambda gives an environment's init. */
const PROVISIONING_MS = 900_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html */
const PROVISIONED_PER_MINUTE = 6_000;
