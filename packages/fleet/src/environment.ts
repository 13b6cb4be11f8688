/**
 * The life of one execution environment, as a state machine without clocks or I/O.
 *
 * AWS: on-demand init has 10 s of its own; when it fails or times out it is retried inside the
 * first invoke, within the function's timeout ("suppressed init"). A handler's exception leaves the
 * environment warm; a timeout, an exit or an out-of-memory kill resets it: the runtime process is
 * gone, `/tmp` stays, and the next invocation starts with a suppressed init.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import { INIT_TIMEOUT_MS } from "@lambdock/model/limits";
import { invariant } from "@lambdock/model/invariant";
import { crashFault, initErrorFault, timeoutFault, tooLargeFault, type Fault, type RuntimeExit } from "./fault.ts";
import type { Effect, Ending, EnvironmentEvent, Run } from "./environment-protocol.ts";

/** Everything the machine remembers. `phase` says which other members mean something. */
export interface Environment {
  readonly phase: "creating" | "spare" | "init" | "idle" | "busy" | "stopped";
  /** No runtime process lives: the next invocation begins with a suppressed init. */
  readonly cold: boolean;
  /** Stop instead of becoming idle. */
  readonly retiring: boolean;
  readonly run?: Run;
  /** When the current phase (init) or invocation (busy) began. */
  readonly startedAt: number;
  /** Waiting for the runtime's first `next` inside an invocation. */
  readonly initInsideInvoke: boolean;
  /** The runtime posted a response or an error for the current run. */
  readonly answered?: Ending;
  readonly initDurationMs?: number;
}

export interface Step {
  readonly environment: Environment;
  readonly effects: readonly Effect[];
}

/** A sandbox that is being made, as a spare or for the run that is assigned to it later. */
export const newborn: Environment = { phase: "creating", cold: true, retiring: false, startedAt: 0, initInsideInvoke: false };

/** One transition. Events that come too late for their phase change nothing. */
export function step(environment: Environment, event: EnvironmentEvent, now: number): Step {
  switch (event.type) {
    case "sandbox-ready":
      return environment.phase === "creating" ? onSandboxReady(environment, now) : stay(environment);
    case "assign":
      return onAssign(environment, event.run, now);
    case "runtime-next":
      return onNext(environment, now);
    case "runtime-answer":
      return onAnswer(environment, event.ending);
    case "response-too-large":
      return onAnswer(environment, { kind: "fault", fault: tooLargeFault(), survives: true });
    case "init-error":
      return onInitError(environment, initErrorFault(event.payload, event.errorType), now);
    case "runtime-exit":
      return onRuntimeGone(environment, event, now);
    case "deadline":
      return onDeadline(environment, event.key, now);
    case "retire":
      return onRetire(environment);
    case "lost":
      return onLost(environment, event.reason);
  }
}

function stay(environment: Environment): Step {
  return { environment, effects: [] };
}

function onSandboxReady(environment: Environment, now: number): Step {
  if (environment.run !== undefined) return beginInit(environment, environment.run, now);
  if (environment.retiring) return stop(environment);
  return { environment: { ...environment, phase: "spare" }, effects: [{ type: "state", state: "spare" }] };
}

function onAssign(environment: Environment, run: Run, now: number): Step {
  invariant(environment.run === undefined, "an environment never has two invocations");
  switch (environment.phase) {
    case "creating":
      return { environment: { ...environment, run }, effects: [] };
    case "spare":
      return beginInit(environment, run, now);
    case "idle":
      return environment.cold ? beginInvokeWithInit(environment, run, now) : beginInvoke(environment, run, now);
    default:
      throw new Error(`an environment in phase ${environment.phase} cannot be assigned an invocation`);
  }
}

/** The init phase of a cold start: 10 s, before and apart from the invocation. */
function beginInit(environment: Environment, run: Run, now: number): Step {
  return {
    environment: { ...environment, phase: "init", run, startedAt: now, cold: false },
    effects: [
      { type: "state", state: "init" },
      { type: "log-init-start" },
      { type: "start-runtime" },
      { type: "wake", key: initKey(now), at: now + INIT_TIMEOUT_MS },
    ],
  };
}

function beginInvoke(environment: Environment, run: Run, now: number): Step {
  return {
    environment: busy(environment, run, now),
    effects: [
      { type: "state", state: "busy" },
      { type: "log", line: { type: "start", requestId: run.requestId, version: run.version } },
      { type: "deliver", run, deadlineAt: now + run.timeoutMs },
      { type: "wake", key: run.requestId, at: now + run.timeoutMs },
    ],
  };
}

/** Suppressed init: the runtime starts inside the invocation and shares its timeout. */
function beginInvokeWithInit(environment: Environment, run: Run, now: number): Step {
  return {
    environment: { ...busy(environment, run, now), initInsideInvoke: true, cold: false },
    effects: [
      { type: "state", state: "busy" },
      { type: "log", line: { type: "start", requestId: run.requestId, version: run.version } },
      { type: "start-runtime" },
      { type: "wake", key: run.requestId, at: now + run.timeoutMs },
    ],
  };
}

function busy(environment: Environment, run: Run, now: number): Environment {
  const { answered: _answered, ...rest } = environment;
  return { ...rest, phase: "busy", run, startedAt: now, initInsideInvoke: false };
}

function onNext(environment: Environment, now: number): Step {
  const run = environment.run;
  if (environment.phase === "init" && run !== undefined) {
    const begun = beginInvoke({ ...environment, initDurationMs: now - environment.startedAt }, run, now);
    return { environment: begun.environment, effects: [{ type: "init-ended" }, ...begun.effects] };
  }
  if (environment.phase !== "busy" || run === undefined) return stay(environment);
  if (environment.initInsideInvoke) {
    return {
      environment: { ...environment, initInsideInvoke: false },
      effects: [{ type: "init-ended" }, { type: "deliver", run, deadlineAt: environment.startedAt + run.timeoutMs }],
    };
  }
  // A second `next` without an answer is legal and receives the same invocation again [RIE].
  if (environment.answered === undefined)
    return { environment, effects: [{ type: "deliver", run, deadlineAt: environment.startedAt + run.timeoutMs }] };
  return finish(environment, environment.answered, now);
}

function onAnswer(environment: Environment, ending: Ending): Step {
  const run = environment.run;
  if (environment.phase !== "busy" || run === undefined || environment.answered !== undefined) return stay(environment);
  // The caller has the answer at once; only a caller who wants the log tail waits for the run to end.
  return { environment: { ...environment, answered: ending }, effects: run.tail ? [] : [{ type: "respond", run, ending }] };
}

/** The runtime asked for the next invocation: the run is over and the environment is warm. */
function finish(environment: Environment, ending: Ending, now: number): Step {
  const run = environment.run!;
  const effects: Effect[] = [
    { type: "settle" },
    ...runEnd(environment, { status: ending.kind === "success" ? "success" : "failure" }, now),
    ...(run.tail ? [{ type: "respond", run, ending } as const] : []),
  ];
  const rested = rest(environment, false);
  if (environment.retiring) return stop(rested, effects);
  return { environment: rested, effects: [...effects, { type: "state", state: "idle" }] };
}

function runEnd(
  environment: Environment,
  report: { readonly status: "success" | "failure" | "error" | "timeout"; readonly errorType?: string },
  now: number,
): Effect[] {
  const run = environment.run!;
  return [
    { type: "log", line: { type: "end", requestId: run.requestId } },
    {
      type: "log-report",
      requestId: run.requestId,
      durationMs: now - environment.startedAt,
      ...(environment.initDurationMs === undefined ? {} : { initDurationMs: environment.initDurationMs }),
      ...report,
    },
  ];
}

/** The environment between two invocations. */
function rest(environment: Environment, cold: boolean): Environment {
  return { phase: "idle", cold, retiring: environment.retiring, startedAt: environment.startedAt, initInsideInvoke: false };
}

/** The runtime gave up its init: the environment does not wait for its process to end. */
function onInitError(environment: Environment, fault: Fault, now: number): Step {
  if (environment.phase === "init") return retryInitInsideInvoke(environment, { status: "error", errorType: fault.errorType }, now);
  if (environment.phase === "busy" && environment.initInsideInvoke) return crash(environment, fault, now);
  return stay(environment);
}

function onRuntimeGone(environment: Environment, exit: RuntimeExit, now: number): Step {
  if (environment.phase === "init")
    return retryInitInsideInvoke(environment, { status: "error", errorType: crashFault("", exit).errorType }, now);
  if (environment.phase === "busy") return crash(environment, crashFault(environment.run!.requestId, exit), now);
  // The process of an idle environment died on its own: its successor starts with a suppressed init.
  if (environment.phase === "idle") return { environment: { ...environment, cold: true }, effects: [] };
  // A spare's runtime died at the gate: `start-runtime` will start another.
  return stay(environment);
}

/** A failed or timed-out init is retried inside the invocation that it was made for. */
function retryInitInsideInvoke(
  environment: Environment,
  failure: { readonly status: "error" | "timeout"; readonly errorType?: string },
  now: number,
): Step {
  const retried = beginInvokeWithInit({ ...environment, phase: "idle" }, environment.run!, now);
  return {
    environment: retried.environment,
    effects: [
      { type: "settle" },
      { type: "log", line: { type: "init-report", durationMs: now - environment.startedAt, phase: "init", ...failure } },
      { type: "kill-runtime" },
      ...retried.effects,
    ],
  };
}

/** The run ends with the environment's fault; the environment is reset. */
function crash(environment: Environment, fault: Fault, now: number, status: "error" | "timeout" = "error"): Step {
  const run = environment.run!;
  const ending: Ending = { kind: "fault", fault, survives: false };
  const answer: Effect[] =
    environment.answered === undefined
      ? [{ type: "respond", run, ending }]
      : run.tail
        ? [{ type: "respond", run, ending: environment.answered }]
        : [];
  const reported = status === "timeout" ? { status } : { status, errorType: fault.errorType };
  // The stored error of a failed suppressed init is the function's failure, not a crash.
  const initReport: Effect[] =
    environment.initInsideInvoke && status === "error"
      ? [
          {
            type: "log",
            line: {
              type: "init-report",
              durationMs: now - environment.startedAt,
              phase: "invoke",
              status: "error",
              errorType: fault.errorType,
            },
          },
        ]
      : [];
  const effects: Effect[] = [
    { type: "state", state: "resetting" },
    { type: "kill-runtime" },
    { type: "settle" },
    ...initReport,
    ...runEnd(environment, reported, now),
    ...answer,
  ];
  const rested = rest(environment, true);
  if (environment.retiring) return stop(rested, effects);
  return { environment: rested, effects: [...effects, { type: "state", state: "idle" }] };
}

function onDeadline(environment: Environment, key: string, now: number): Step {
  if (environment.phase === "init" && key === initKey(environment.startedAt)) {
    return retryInitInsideInvoke(environment, { status: "timeout" }, now);
  }
  if (environment.phase === "busy" && key === environment.run!.requestId) {
    return crash(environment, timeoutFault(environment.run!), now, "timeout");
  }
  return stay(environment);
}

function onRetire(environment: Environment): Step {
  if (environment.phase === "spare" || environment.phase === "idle") return stop(environment);
  return stay({ ...environment, retiring: true });
}

function onLost(environment: Environment, reason: string): Step {
  if (environment.phase === "stopped") return stay(environment);
  const run = environment.run;
  const unanswered = run !== undefined && (environment.answered === undefined || run.tail);
  return stop(environment, unanswered ? [{ type: "respond", run, ending: { kind: "unavailable", message: reason } }] : []);
}

function stop(environment: Environment, before: readonly Effect[] = []): Step {
  const { run: _run, answered: _answered, ...rest } = environment;
  return { environment: { ...rest, phase: "stopped" }, effects: [...before, { type: "state", state: "stopping" }, { type: "destroy" }] };
}

/** Wake-ups of the init phase carry the instant it began, so that a stale one is ignored. */
function initKey(startedAt: number): string {
  return `init@${startedAt}`;
}
