/** One invocation in an environment: from its delivery to its report, or to the reset that ends it. */
import { crashFault, timeoutFault, type Fault, type RuntimeExit } from "./fault.ts";
import {
  extensionLines,
  invokeExtensions,
  resetEffects,
  shutdownEffects,
  someRunning,
  startEffects,
  tooManyFault,
  withProcessesGone,
} from "./environment-extensions.ts";
import type { Effect, Ending, Run } from "./environment-protocol.ts";
import { enduring, rested, stay, type Environment, type Step } from "./environment-state.ts";

/** The runtime lives and waits: the invocation goes to it at once. */
export function beginInvoke(environment: Environment, run: Run, now: number): Step {
  const deadlineAt = now + run.timeoutMs;
  const invoked = invokeExtensions(busy(environment, run, now), deadlineAt);
  return {
    environment: invoked.environment,
    effects: [
      { type: "state", state: "busy" },
      { type: "log", line: { type: "start", requestId: run.requestId, version: run.version } },
      { type: "deliver", run, deadlineAt },
      ...invoked.effects,
      { type: "wake", key: run.requestId, at: deadlineAt },
    ],
  };
}

/** Suppressed init: the processes start inside the invocation and share its timeout. */
export function beginInvokeWithInit(environment: Environment, run: Run, now: number): Step {
  const begun: Environment = { ...withProcessesGone(busy(environment, run, now)), initInsideInvoke: true, cold: false };
  const tooMany = tooManyFault(begun, run.requestId);
  const start: Effect[] = [
    { type: "state", state: "busy" },
    { type: "log", line: { type: "start", requestId: run.requestId, version: run.version } },
  ];
  if (tooMany !== undefined) return after(start, crash(begun, tooMany, now));
  return {
    environment: begun,
    effects: [...start, ...startEffects(begun), { type: "wake", key: run.requestId, at: now + run.timeoutMs }],
  };
}

function busy(environment: Environment, run: Run, now: number): Environment {
  const { initDurationMs, restoreDurationMs } = environment;
  return {
    ...enduring(environment, environment.cold),
    phase: "busy",
    run,
    startedAt: now,
    initInsideInvoke: false,
    ...(initDurationMs === undefined ? {} : { initDurationMs }),
    ...(restoreDurationMs === undefined ? {} : { restoreDurationMs }),
  };
}

/** Everybody asked for a first event: the invocation whose time this init took is delivered. */
export function endSuppressedInit(environment: Environment): Step {
  const run = environment.run!;
  const deadlineAt = environment.startedAt + run.timeoutMs;
  const { runtimeReady: _ready, ...rest } = environment;
  const lines = extensionLines(environment);
  const invoked = invokeExtensions({ ...rest, initInsideInvoke: false }, deadlineAt);
  return {
    environment: invoked.environment,
    effects: [{ type: "init-ended" }, ...lines, { type: "deliver", run, deadlineAt }, ...invoked.effects],
  };
}

/** The runtime asked for its next event during an invocation. */
export function onNextInInvoke(environment: Environment, now: number): Step {
  const { run, answered } = environment;
  if (run === undefined) return stay(environment);
  // A second `next` without an answer is legal and receives the same invocation again [RIE].
  if (answered === undefined)
    return { environment, effects: [{ type: "deliver", run, deadlineAt: environment.startedAt + run.timeoutMs }] };
  if (environment.runtimeDoneAt !== undefined) return stay(environment);
  if (someRunning(environment)) return stay({ ...environment, runtimeDoneAt: now });
  return finish(environment, answered, now);
}

/** An extension asked for its next event during an invocation. */
export function onExtensionNextInInvoke(environment: Environment, now: number): Step {
  const { answered, runtimeDoneAt } = environment;
  if (answered === undefined || runtimeDoneAt === undefined || someRunning(environment)) return stay(environment);
  return finish(environment, answered, now);
}

export function onAnswer(environment: Environment, ending: Ending): Step {
  const run = environment.run;
  if (environment.phase !== "busy" || run === undefined || environment.answered !== undefined) return stay(environment);
  // The caller has the answer at once; only a caller who wants the log tail waits for the run to end.
  return { environment: { ...environment, answered: ending }, effects: run.tail ? [] : [{ type: "respond", run, ending }] };
}

/** The runtime and the extensions asked for the next event: the run is over and the environment is warm. */
function finish(environment: Environment, ending: Ending, now: number): Step {
  const run = environment.run!;
  const effects: Effect[] = [
    { type: "settle" },
    ...runEnd(environment, { status: ending.kind === "success" ? "success" : "failure" }, now),
    ...(run.tail ? [{ type: "respond", run, ending } as const] : []),
  ];
  const warm = rested(environment, false);
  if (environment.retiring) return stop(warm, effects);
  return { environment: warm, effects: [...effects, { type: "state", state: "idle" }] };
}

function runEnd(
  environment: Environment,
  report: { readonly status: "success" | "failure" | "error" | "timeout"; readonly errorType?: string },
  now: number,
): Effect[] {
  const { run, startedAt, initDurationMs, restoreDurationMs, runtimeDoneAt } = environment;
  const { requestId } = run!;
  return [
    { type: "log", line: { type: "end", requestId } },
    {
      type: "log-report",
      requestId,
      durationMs: now - startedAt,
      ...(initDurationMs === undefined ? {} : { initDurationMs }),
      ...(restoreDurationMs === undefined ? {} : { restoreDurationMs }),
      ...(runtimeDoneAt === undefined ? {} : { extensionsMs: now - runtimeDoneAt }),
      ...report,
    },
  ];
}

/** The runtime's process ended by itself while an invocation was under way. */
export function onExitInInvoke(environment: Environment, exit: RuntimeExit, now: number): Step {
  return crash(environment, crashFault(environment.run!.requestId, exit), now);
}

/** The function's time is over. */
export function onInvokeTimeout(environment: Environment, now: number): Step {
  return crash(environment, timeoutFault(environment.run!), now, "timeout");
}

/** The run ends with the environment's fault; the environment is reset. */
export function crash(environment: Environment, fault: Fault, now: number, status: "error" | "timeout" = "error"): Step {
  const reported = status === "timeout" ? { status } : { status, errorType: fault.errorType };
  // The caller does not wait for what extensions do about it.
  const reset = resetEffects(environment, status === "timeout" ? "timeout" : "failure");
  const killAll: Effect[] = [{ type: "kill-runtime" }];
  const effects: Effect[] = [
    { type: "state", state: "resetting" },
    ...(reset.length === 0 ? killAll : [{ type: "stop-runtime" } as const]),
    { type: "settle" },
    ...initReport(environment, fault, status, now),
    ...runEnd(environment, reported, now),
    ...lateAnswer(environment, { kind: "fault", fault, survives: false }),
    ...(reset.length === 0 ? [] : [...reset, ...killAll]),
  ];
  const cold = withProcessesGone(rested(environment, true));
  if (environment.retiring) return stop(cold, effects);
  return { environment: cold, effects: [...effects, { type: "state", state: "idle" }] };
}

/** The answer that a run gets at its violent end, unless it has one. */
function lateAnswer({ run, answered }: Environment, ending: Ending): Effect[] {
  if (answered === undefined) return [{ type: "respond", run: run!, ending }];
  return run!.tail ? [{ type: "respond", run: run!, ending: answered }] : [];
}

/** What is logged of a suppressed init that did not end. */
function initReport(environment: Environment, fault: Fault, status: "error" | "timeout", now: number): Effect[] {
  if (!environment.initInsideInvoke) return [];
  const lines = extensionLines(environment);
  if (status === "timeout") return lines;
  const line = {
    type: "init-report",
    durationMs: now - environment.startedAt,
    phase: "invoke",
    status,
    errorType: fault.errorType,
  } as const;
  return [...lines, { type: "log", line }];
}

/** The environment ends, with the time that its extensions have for SHUTDOWN. */
export function stop(environment: Environment, before: readonly Effect[] = []): Step {
  const { run: _run, answered: _answered, ...rest } = environment;
  return {
    environment: { ...rest, phase: "stopped" },
    effects: [...before, { type: "state", state: "stopping" }, ...lastWords(environment), { type: "destroy" }],
  };
}

/** What extensions write at SHUTDOWN is still read. */
function lastWords(environment: Environment): Effect[] {
  const shutdown = shutdownEffects(environment, "spindown");
  return shutdown.length === 0 ? [] : [...shutdown, { type: "settle" }];
}

/** Ends at once: the sandbox is gone, or nothing of it is worth a SHUTDOWN. */
export function stopAtOnce(environment: Environment, before: readonly Effect[] = []): Step {
  return stop({ ...environment, cold: true }, before);
}

/** Whoever waits for this environment is told that it won't answer. */
export function unavailable(environment: Environment, message: string): Effect[] {
  const { run, answered } = environment;
  const waits = run !== undefined && (answered === undefined || run.tail);
  return waits ? [{ type: "respond", run, ending: { kind: "unavailable", message } }] : [];
}

function after(effects: readonly Effect[], step: Step): Step {
  return { environment: step.environment, effects: [...effects, ...step.effects] };
}
