/**
 * SnapStart: what was initialized is restored before its first invocation. The runtime waits in
 * `restore/next` where AWS would take the snapshot, and runs its afterRestore hooks behind it.
 * https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
 */
import { beginInvoke, stopAtOnce } from "./environment-invoke.ts";
import type { Effect, Ending, Run, SnapStartErrorCode } from "./environment-protocol.ts";
import { enduring, type Environment, type Step } from "./environment-state.ts";

/** Loading the runtime and its hooks may take so long [docs]. */
export const RESTORE_TIMEOUT_MS = 10_000;

const MESSAGES: Readonly<Record<SnapStartErrorCode, string>> = {
  SnapStartException: "The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs.",
  SnapStartTimeoutException: "Lambda couldn't restore the snapshot within the timeout limit.",
};

/** An invocation takes the snapshot. */
export function beginRestore(environment: Environment, run: Run, now: number): Step {
  const restoring: Environment = { ...enduring(environment, false), phase: "restore", run, startedAt: now };
  if (environment.hookless === true) {
    const ended = endRestore(restoring, now);
    return { environment: ended.environment, effects: [{ type: "log-restore-start" }, ...ended.effects] };
  }
  return {
    environment: restoring,
    effects: [
      { type: "state", state: "init" },
      { type: "log-restore-start" },
      { type: "restore" },
      { type: "wake", key: restoreKey(now), at: now + RESTORE_TIMEOUT_MS },
    ],
  };
}

/** The runtime asks for its first invocation: its hooks are done. */
export function endRestore(environment: Environment, now: number): Step {
  const durationMs = now - environment.startedAt;
  const invoked = beginInvoke({ ...environment, restoreDurationMs: durationMs }, environment.run!, now);
  return {
    environment: invoked.environment,
    effects: [{ type: "log", line: { type: "restore-report", durationMs, status: "success" } }, ...invoked.effects],
  };
}

/** The caller gets the API's error, and the environment ends: the next invocation restores another. */
export function failRestore(
  environment: Environment,
  failure: { readonly status: "error" | "timeout"; readonly errorType?: string },
  now: number,
): Step {
  const code = failure.status === "timeout" ? "SnapStartTimeoutException" : "SnapStartException";
  const ending: Ending = { kind: "snap-start-error", code, message: MESSAGES[code] };
  const effects: Effect[] = [
    { type: "kill-runtime" },
    { type: "settle" },
    { type: "log", line: { type: "restore-report", durationMs: now - environment.startedAt, ...failure } },
    { type: "respond", run: environment.run!, ending },
  ];
  return stopAtOnce(environment, effects);
}

/** Wake-ups of a restore carry the instant it began, so that a stale one is ignored. */
export function restoreKey(startedAt: number): string {
  return `restore@${startedAt}`;
}
