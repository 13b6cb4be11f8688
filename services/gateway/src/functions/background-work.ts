import type { Executor, PrepareResult } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { FunctionSpec } from "@lambdock/model/function-spec";

/** Work behind the API's answers that waits for an executor or a Redis to come back, until it is stopped. */

/** What such work runs with. */
export interface BackgroundParts {
  readonly executor: Pick<Executor, "prepare">;
  readonly clock: Timers;
  readonly logger: Logger;
  readonly stopping: Stop;
}

/** Milliseconds between attempts to reach an executor or a Redis that is away. */
const RETRY_DELAY_MS = 250;
/** Attempts to reach the executor before it counts as a failure: 30 s. */
const EXECUTOR_ATTEMPTS_MAX = 120;

/** Has it prepared; an executor that stays away is a failure. `undefined` when stopped before there was an answer. */
export async function prepareByExecutor(parts: BackgroundParts, spec: FunctionSpec, cure: string): Promise<PrepareResult | undefined> {
  try {
    return await untilDone(parts, EXECUTOR_ATTEMPTS_MAX, () => parts.executor.prepare(spec));
  } catch (error) {
    const why = (error as { readonly message?: string }).message ?? String(error);
    return { kind: "failed", reasonCode: "InternalError", reason: `The executor could not be reached (${why}): start it, then ${cure}.` };
  }
}

/** Ends all that waits for it. */
export interface Stop {
  stop(): void;
  /** Settles as the promise does, or with "stopped" when that comes first. */
  orStopped<Result>(promise: Promise<Result>): Promise<Result | "stopped">;
}

/** A stop that has not happened. */
export function createStop(): Stop {
  let stopped = false;
  const wakers = new Set<() => void>();
  return {
    stop() {
      stopped = true;
      for (const wake of wakers) wake();
    },
    orStopped(promise) {
      return new Promise((resolve, reject) => {
        const wake = (): void => resolve("stopped");
        if (stopped) return wake();
        wakers.add(wake);
        promise.then(resolve, reject).finally(() => wakers.delete(wake));
      });
    },
  };
}

/** Repeats until it succeeds; throws its error after so many attempts, answers `undefined` when stopped. */
export async function untilDone<Result>(
  { stopping, clock, logger }: Pick<BackgroundParts, "stopping" | "clock" | "logger">,
  attemptsMax: number,
  attempt: () => Promise<Result>,
): Promise<Result | undefined> {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await stopping.orStopped(attempted(attempt));
    if (outcome === "stopped") return undefined;
    if ("value" in outcome) return outcome.value;
    if (attempts >= attemptsMax) throw outcome.error;
    if (attempts === 1) logger.warn("the preparation of a function is held up, trying again", { cause: outcome.error });
    if ((await stopping.orStopped(pause(clock))) === "stopped") return undefined;
  }
}

function pause(clock: Timers): Promise<void> {
  return new Promise((resolve) => clock.after(RETRY_DELAY_MS, resolve));
}

/** The outcome as a value, so that a failure after the stop is nobody's unhandled rejection. */
async function attempted<Result>(attempt: () => Promise<Result>): Promise<{ readonly value: Result } | { readonly error: unknown }> {
  try {
    return { value: await attempt() };
  } catch (error) {
    return { error };
  }
}

/** Pieces of work by their keys: one that is under way is not begun again. */
export interface Underway {
  begin(key: string, work: () => Promise<void>): void;
  /** Resolves when nothing is under way any more. */
  finished(): Promise<void>;
}

/** Nothing is under way. Work must not reject: nobody hears it. */
export function createUnderway(): Underway {
  const running = new Map<string, Promise<void>>();
  return {
    begin(key, work) {
      if (!running.has(key))
        running.set(
          key,
          work().finally(() => running.delete(key)),
        );
    },
    finished: async () => void (await Promise.all(running.values())),
  };
}
