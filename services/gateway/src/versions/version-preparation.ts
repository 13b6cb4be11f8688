import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { specOf } from "@lambdock/directory/spec";
import { functionArn } from "@lambdock/model/arn";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";
import { functionOf, type VersionStore } from "@lambdock/store/versions";
import { createStop, createUnderway, prepareByExecutor, untilDone, type Stop } from "../functions/background-work.ts";
import { versionPrepared, versionUnprepared } from "../functions/transitions.ts";

/**
 * Prepares published versions in the background. A Pending one becomes Active or Failed by it; for
 * one that is Active it only has a sandbox made, so that its first invocation finds it. The executor bounds
 * how many of those there are, and ends those that nobody invokes.
 */
export interface VersionPreparation {
  begin(version: FunctionVersionRecord): void;
  /** Takes up what another gateway, or this one before a restart, left Pending. */
  resume(): Promise<void>;
  /** Gives up waiting; what is Pending is taken up by the next start. Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface VersionPreparationParts {
  readonly versions: VersionStore;
  readonly executor: Pick<Executor, "prepare" | "retire">;
  readonly clock: Timers;
  readonly logger: Logger;
  readonly newId: () => string;
}

type Running = VersionPreparationParts & { readonly stopping: Stop };

/** Preparation with that executor. */
export function createVersionPreparation(parts: VersionPreparationParts): VersionPreparation {
  const withStop: Running = { ...parts, stopping: createStop() };
  const underway = createUnderway();
  const begin = (version: FunctionVersionRecord): void =>
    underway.begin(version.Content.ContentId, () =>
      (version.State === "Pending" ? prepareAndRecord(withStop, version) : warm(withStop, version)).catch((error: unknown) =>
        parts.logger.error("the preparation of a version broke off", { version: arnOf(version), cause: error }),
      ),
    );
  return {
    begin,
    async resume() {
      for (const { version, ...id } of await parts.versions.unfinished()) {
        const record = await parts.versions.get(id, version);
        if (record?.State === "Pending") begin(record);
      }
    },
    async stop() {
      withStop.stopping.stop();
      await underway.finished();
    },
  };
}

/** An executor that is away costs the first invocation a little; nothing fails. */
async function warm({ executor, stopping, logger }: Running, version: FunctionVersionRecord): Promise<void> {
  const spec = specOf(functionOf(version), version.Content, version.Version);
  const prepared = executor
    .prepare(spec)
    .catch((error: unknown) => logger.debug("a version could not be prepared ahead", { version: arnOf(version), cause: error }));
  await stopping.orStopped(prepared);
}

async function prepareAndRecord(parts: Running, version: FunctionVersionRecord): Promise<void> {
  const id = functionOf(version);
  const spec = specOf(id, version.Content, version.Version);
  const result = await prepareByExecutor(parts, spec, "delete the version and publish it again");
  if (result === undefined) return;
  const recorded = await untilDone(parts, Number.POSITIVE_INFINITY, () =>
    parts.versions.update(id, version.Version, (now) => {
      if (now.State !== "Pending") return now;
      return result.kind === "ready" ? versionPrepared(now, parts.newId(), result) : versionUnprepared(now, parts.newId(), result);
    }),
  );
  if (recorded === undefined) return;
  if (recorded === "gone") return await retire(parts, version);
  // An image is known by its digest from now on: what was made under its tag is not what will run.
  const known = specOf(id, recorded.Content, recorded.Version).revision;
  if (known === spec.revision || recorded.State !== "Active") return;
  await warm(parts, recorded);
  await retire(parts, recorded, known);
}

async function retire({ executor, logger }: Running, version: FunctionVersionRecord, keepRevision?: string): Promise<void> {
  await executor
    .retire(functionArn(functionOf(version)), version.Version, keepRevision)
    .catch((error: unknown) => logger.warn("environments of a version could not be retired", { version: arnOf(version), cause: error }));
}

function arnOf(version: FunctionVersionRecord): string {
  return functionArn(functionOf(version), version.Version);
}
