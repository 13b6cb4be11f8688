import type { Executor, PrepareResult } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { functionArn } from "@lambdock/model/arn";
import { isUnfinished, zipsOf, type FunctionRecord } from "@lambdock/model/function-record";
import type { CodeUsage } from "@lambdock/store/code-usage";
import { idOf, type FunctionStore } from "@lambdock/store/functions";
import { LATEST, specOf } from "@lambdock/directory/spec";
import { createStop, createUnderway, prepareByExecutor, untilDone, type Stop } from "./background-work.ts";
import { prepared, unprepared } from "./transitions.ts";

/** Makes created and updated functions runnable in the background, and records how that ended. */
export interface Preparation {
  /** Begins to prepare `Latest` of a Pending or InProgress record. */
  begin(record: FunctionRecord): void;
  /** Takes up what another gateway, or this one before a restart, left unfinished. */
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

type Running = PreparationParts & { readonly stopping: Stop };

/** Preparation with that executor. */
export function createPreparation(parts: PreparationParts): Preparation {
  const withStop: Running = { ...parts, stopping: createStop() };
  const underway = createUnderway();
  const begin = (record: FunctionRecord): void =>
    underway.begin(record.Latest.ContentId, () =>
      prepareAndRecord(withStop, record).catch((error: unknown) =>
        parts.logger.error("the preparation of a function broke off", { function: functionArn(idOf(record)), cause: error }),
      ),
    );
  return {
    begin,
    async resume() {
      for (const id of await parts.functions.unfinished()) {
        const record = await parts.functions.get(id);
        if (record !== undefined && isUnfinished(record)) begin(record);
      }
    },
    async stop() {
      withStop.stopping.stop();
      await underway.finished();
    },
  };
}

async function prepareAndRecord(parts: Running, record: FunctionRecord): Promise<void> {
  // Before the old content lets go of zips that both need, the new one must have them.
  await untilDone(parts, Number.POSITIVE_INFINITY, () => parts.usage.hold(record.Latest.ContentId, zipsOf(record.Latest)));
  const result = await prepareLatest(parts, record);
  if (result === undefined) return;
  const finished = await untilDone(parts, Number.POSITIVE_INFINITY, () => recordResult(parts, record, result));
  if (finished === undefined) return;
  await tidyUp(parts, record, finished.now);
}

/** `undefined` when stopped before there was an answer. */
async function prepareLatest(parts: Running, record: FunctionRecord): Promise<PrepareResult | undefined> {
  const spec = specOf(idOf(record), record.Latest);
  // An update of a description or the like changes nothing that runs.
  if (record.Serving !== undefined && specOf(idOf(record), record.Serving).revision === spec.revision) return { kind: "ready" };
  return await prepareByExecutor(parts, spec, "create or update the function again");
}

/** Writes the outcome, unless the function was deleted or changed otherwise meanwhile. Answers the record as it is now. */
async function recordResult(
  { functions, newId }: PreparationParts,
  record: FunctionRecord,
  result: PrepareResult,
): Promise<{ readonly now: FunctionRecord | undefined }> {
  for (;;) {
    const now = await functions.get(idOf(record));
    if (now === undefined || now.Latest.ContentId !== record.Latest.ContentId || !isUnfinished(now)) return { now };
    const next = result.kind === "ready" ? prepared(now, newId(), result) : unprepared(now, newId(), result);
    if ((await functions.replace(next, now.RevisionId)) === "replaced") return { now: next };
  }
}

/** Ends the environments of content that no longer runs, and lets go of its zips. */
async function tidyUp(
  { executor, usage, clock, logger }: PreparationParts,
  before: FunctionRecord,
  now: FunctionRecord | undefined,
): Promise<void> {
  const arn = functionArn(idOf(before));
  try {
    if (now === undefined) await executor.retire(arn, LATEST);
    else if (now.State === "Active" && now.Serving === undefined)
      await executor.retire(arn, LATEST, specOf(idOf(now), now.Latest).revision);
    for (const content of [before.Serving, before.Latest]) {
      const needed = content === undefined || now?.Latest.ContentId === content.ContentId || now?.Serving?.ContentId === content.ContentId;
      if (!needed) await usage.release(content.ContentId, zipsOf(content), clock.now());
    }
  } catch (error) {
    logger.warn("old environments or code of a function could not be released", { function: arn, cause: error });
  }
}
