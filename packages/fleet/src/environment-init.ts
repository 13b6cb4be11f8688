/**
 * The init phase of an environment, before and apart from an invocation.
 *
 * AWS: on-demand init has 10 s; when it fails or times out it is retried inside the first invoke,
 * within the function's timeout ("suppressed init"). Provisioned concurrency and SnapStart have
 * much longer, and nobody to retry for.
 */
import { INIT_TIMEOUT_MS } from "@lambdock/model/limits";
import { allReady, extensionLines, startEffects, tooManyFault, withProcessesGone } from "./environment-extensions.ts";
import { beginInvoke, beginInvokeWithInit, endSuppressedInit, stop, stopAtOnce } from "./environment-invoke.ts";
import type { Effect, Run } from "./environment-protocol.ts";
import { beginRestore } from "./environment-restore.ts";
import { enduring, rested, stay, type Environment, type Step } from "./environment-state.ts";

/** How an init failed; in `INIT_REPORT`. */
interface InitFailure {
  readonly status: "error" | "timeout";
  readonly errorType?: string;
}

/** The sandbox is made. */
export function onSandboxReady(made: Environment, now: number): Step {
  if (made.run !== undefined) return beginInit(made, now);
  if (made.retiring) return stopAtOnce(made);
  if (made.initLimitMs !== undefined) return beginInit(made, now);
  return { environment: { ...made, phase: "spare" }, effects: [{ type: "state", state: "spare" }] };
}

/** Init without an invocation. */
export function onInitialize(environment: Environment, limitMs: number, now: number): Step {
  switch (environment.phase) {
    case "creating":
      return stay({ ...environment, initLimitMs: limitMs });
    case "spare":
      return beginInit({ ...environment, initLimitMs: limitMs }, now);
    case "snapshot":
    case "idle":
      return { environment, effects: [{ type: "initialized" }] };
    default:
      return stay(environment);
  }
}

/** A cold start for a run that is assigned already, or an init that no run waits for. */
export function beginInit(environment: Environment, now: number): Step {
  const { run, initLimitMs } = environment;
  const begun: Environment = {
    ...withProcessesGone(enduring(environment, false)),
    phase: "init",
    startedAt: now,
    ...(run === undefined ? {} : { run }),
    ...(initLimitMs === undefined ? {} : { initLimitMs }),
  };
  const tooMany = tooManyFault(begun, "");
  const effects: Effect[] = [{ type: "state", state: "init" }, { type: "log-init-start" }];
  if (tooMany !== undefined) return after(effects, failInit(begun, { status: "error", errorType: tooMany.errorType }, now));
  const wake: Effect = { type: "wake", key: initKey(now), at: now + (initLimitMs ?? INIT_TIMEOUT_MS) };
  return { environment: begun, effects: [...effects, ...startEffects(begun), wake] };
}

/** The runtime is done with its init: it asks for its first invocation, or to be snapshotted. */
export function onRuntimeReady(environment: Environment, now: number): Step {
  const ready: Environment = { ...environment, runtimeReady: true };
  return allReady(ready) ? completeInit(ready, now) : stay(ready);
}

/** An extension asked for its first event. */
export function onExtensionReady(environment: Environment, now: number): Step {
  return environment.runtimeReady === true && allReady(environment) ? completeInit(environment, now) : stay(environment);
}

function completeInit(environment: Environment, now: number): Step {
  if (environment.phase === "busy") return endSuppressedInit(environment);
  const { run, initLimitMs, retiring, snapStart } = environment;
  const durationMs = now - environment.startedAt;
  const told: Effect[] = [{ type: "init-ended" }, ...extensionLines(environment)];
  if (snapStart === undefined && initLimitMs === undefined)
    return after(told, beginInvoke({ ...enduring(environment, false), initDurationMs: durationMs }, run!, now));
  // Always logged of an init that an invocation did not ask for; its time is no part of a REPORT then.
  const report: Effect = { type: "log", line: { type: "init-report", durationMs, phase: "init", status: "success" } };
  const effects: Effect[] = [...told, { type: "settle" }, report];
  const warm: Environment = {
    ...rested(environment, false),
    phase: snapStart === undefined ? "idle" : "snapshot",
    ...(environment.hookless === undefined ? {} : { hookless: true }),
  };
  if (run !== undefined) return after(effects, firstRun(warm, run, now));
  if (retiring) return stop(warm, effects);
  return { environment: warm, effects: [...effects, { type: "initialized" }] };
}

/** A run was assigned while the init went on. */
function firstRun(warm: Environment, run: Run, now: number): Step {
  return warm.phase === "snapshot" ? beginRestore(warm, run, now) : beginInvoke(warm, run, now);
}

/** An init that failed or timed out is retried inside the invocation that it was made for; without one it is final. */
export function failInit(environment: Environment, failure: InitFailure, now: number): Step {
  const failed: Effect[] = [
    { type: "settle" },
    ...extensionLines(environment),
    { type: "log", line: { type: "init-report", durationMs: now - environment.startedAt, phase: "init", ...failure } },
    { type: "kill-runtime" },
  ];
  const { run } = environment;
  if (run !== undefined) return after(failed, beginInvokeWithInit(rested(environment, true), run, now));
  const errorType = failure.errorType ?? "Sandbox.Timedout";
  const reason = failure.status === "timeout" ? "The init phase took too long." : `The init phase failed: ${errorType}.`;
  return stopAtOnce(rested(environment, true), [...failed, { type: "init-failed", reason, errorType }]);
}

/** Wake-ups of the init phase carry the instant it began, so that a stale one is ignored. */
export function initKey(startedAt: number): string {
  return `init@${startedAt}`;
}

function after(effects: readonly Effect[], step: Step): Step {
  return { environment: step.environment, effects: [...effects, ...step.effects] };
}
