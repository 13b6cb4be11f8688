import type { Executor, PrepareResult } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { functionArn } from "@lambdock/model/arn";
import { isUnfinished, referencedZips, type FunctionRecord } from "@lambdock/model/function-record";
import type { CodeUsage } from "@lambdock/store/code-usage";
import { idOf, type FunctionStore } from "@lambdock/store/functions";
import { LATEST, specOf } from "./spec.ts";
import { prepared, unprepared } from "./transitions.ts";

/** Makes created and updated functions runnable in the background, and records how that ended. */
export interface Preparation {
  /** Begins to prepare `Latest` of a Pending or InProgress record. */
  begin(record: FunctionRecord): void;
  /** Takes up what an earlier gateway left unfinished. */
  resume(): Promise<void>;
  /** Gives up waiting; what is unfinished is taken up by the next start. Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface PreparationParts {
  readonly functions: FunctionStore;
  readonly usage: CodeUsage;
  readonly executor: Pick<Executor, "prepare" | "retire">;
  readonly clock: Timers;
  readonly logger: Logger;
  readonly newId: () => string;
}

/** Milliseconds between attempts to reach an executor or a Redis that is away. */
const RETRY_DELAY_MS = 250;
/** Attempts to reach the executor before the function becomes Failed: 30 s. */
const EXECUTOR_ATTEMPTS_MAX = 120;

/** Preparation with that executor. */
export function createPreparation(parts: PreparationParts): Preparation {
  const stopping = createStop(parts.clock);
  const running = new Set<Promise<void>>();
  const begin = (record: FunctionRecord): void => {
    const run: Promise<void> = prepareAndRecord(parts, stopping, record)
      .catch((error: unknown) => parts.logger.error("the preparation of a function broke off", { function: functionArn(idOf(record)), cause: error }))
      .finally(() => running.delete(run));
    running.add(run);
  };
  return {
    begin,
    async resume() {
      for (const id of await parts.functions.unfinished()) {
        const record = await parts.functions.get(id);
        if (record !== undefined && isUnfinished(record)) begin(record);
      }
    },
    async stop() {
      stopping.stop();
      await Promise.all(running);
    },
  };
}

async function prepareAndRecord(parts: PreparationParts, stopping: Stop, record: FunctionRecord): Promise<void> {
  const result = await prepareLatest(parts, stopping, record);
  if (result === undefined) return;
  const finished = await untilDone(stopping, Number.POSITIVE_INFINITY, () => recordResult(parts, record, result));
  if (finished === undefined) return;
  await tidyUp(parts, record, finished.now);
}

/** `undefined` when stopped before there was an answer. */
async function prepareLatest({ executor }: PreparationParts, stopping: Stop, record: FunctionRecord): Promise<PrepareResult | undefined> {
  const spec = specOf(idOf(record), record.Latest);
  // An update of a description or the like changes nothing that runs.
  if (record.Serving !== undefined && specOf(idOf(record), record.Serving).revision === spec.revision) return { kind: "ready" };
  try {
    return await untilDone(stopping, EXECUTOR_ATTEMPTS_MAX, () => executor.prepare(spec));
  } catch (error) {
    const why = (error as { readonly message?: string }).message ?? String(error);
    return { kind: "failed", reasonCode: "InternalError", reason: `The executor could not be reached (${why}): start it, then create or update the function again.` };
  }
}

/** Writes the outcome, unless the function was deleted or changed otherwise meanwhile. Answers the record as it is now. */
async function recordResult({ functions, newId }: PreparationParts, record: FunctionRecord, result: PrepareResult): Promise<{ readonly now: FunctionRecord | undefined }> {
  for (;;) {
    const now = await functions.get(idOf(record));
    if (now === undefined || now.Latest.ContentId !== record.Latest.ContentId || !isUnfinished(now)) return { now };
    const next = result.kind === "ready" ? prepared(now, newId(), result) : unprepared(now, newId(), result);
    if ((await functions.replace(next, now.RevisionId)) === "replaced") return { now: next };
  }
}

/** Ends the environments of the content that no longer runs, and lets go of its zips. */
async function tidyUp({ executor, usage, clock, logger }: PreparationParts, before: FunctionRecord, now: FunctionRecord | undefined): Promise<void> {
  const arn = functionArn(idOf(before));
  try {
    if (now === undefined) await executor.retire(arn, LATEST);
    else if (now.State === "Active" && now.Serving === undefined) await executor.retire(arn, LATEST, specOf(idOf(now), now.Latest).revision);
    if (before.Serving !== undefined && now !== undefined && now.Serving === undefined) await usage.release(before.Serving.ContentId, referencedZips(before), clock.now());
  } catch (error) {
    logger.warn("old environments or code of a function could not be released", { function: arn, cause: error });
  }
}

interface Stop {
  stop(): void;
  readonly stopped: () => boolean;
  /** Resolves after the delay, or at once when stopped. */
  pause(delayMs: number): Promise<void>;
}

function createStop(clock: Timers): Stop {
  let stopped = false;
  const wakers = new Set<() => void>();
  return {
    stopped: () => stopped,
    stop() {
      stopped = true;
      for (const wake of wakers) wake();
    },
    pause: (delayMs) =>
      new Promise((resolve) => {
        const wake = (): void => {
          cancel();
          wakers.delete(wake);
          resolve();
        };
        const cancel = clock.after(delayMs, wake);
        wakers.add(wake);
      }),
  };
}

/** Repeats until it succeeds; throws its error after so many attempts, answers `undefined` when stopped. */
async function untilDone<Result>(stopping: Stop, attemptsMax: number, attempt: () => Promise<Result>): Promise<Result | undefined> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (stopping.stopped()) return undefined;
      if (attempts >= attemptsMax) throw error;
    }
    await stopping.pause(RETRY_DELAY_MS);
  }
}
