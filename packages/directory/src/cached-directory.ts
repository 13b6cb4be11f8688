import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import type { AwsError } from "@lambdock/model/errors/aws-error";
import { servingContent, type FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import { idOf } from "@lambdock/store/functions";
import type { FunctionDirectory, ResolvedFunction } from "./function-directory.ts";
import { addressOf, functionNotFound, type FunctionAddress } from "./function-address.ts";
import { LATEST, specOf } from "./spec.ts";
import { stateConflict } from "./state-conflict.ts";

/** A directory that remembers, and can be told to forget. */
export interface CachedDirectory extends FunctionDirectory {
  /** The function was written: what is known of it is old, and what is being loaded may be. */
  forget(id: FunctionId): void;
  forgetAll(): void;
  /** A record was read: forget what is known if it is of another revision. */
  seen(record: FunctionRecord): void;
}

/** Functions remembered at once; the one remembered longest goes first. */
const ENTRIES_MAX = 10_000;

type Entry =
  | { readonly revisionId: string; readonly spec: FunctionSpec; readonly roleArn: string }
  | { readonly revisionId: string; readonly refusal: () => AwsError };

/** Functions from memory on the warm path; `load` reads a record, and its errors pass through. */
export function createCachedDirectory(load: (id: FunctionId) => Promise<FunctionRecord | undefined>): CachedDirectory {
  const entries = new Map<string, Entry>();
  const loading = new Map<string, Promise<Entry | undefined>>();

  const fetchEntry = (key: string, id: FunctionId): Promise<Entry | undefined> => {
    const running = loading.get(key);
    if (running !== undefined) return running;
    const started = load(id)
      .then((record) => (record === undefined ? undefined : entryOf(id, record)))
      .then((entry) => {
        // Forgotten while it was loading: good for those who asked before, not for later ones.
        if (entry !== undefined && loading.get(key) === started) remember(key, entry);
        return entry;
      })
      .finally(() => {
        if (loading.get(key) === started) loading.delete(key);
      });
    loading.set(key, started);
    return started;
  };

  const remember = (key: string, entry: Entry): void => {
    entries.set(key, entry);
    if (entries.size > ENTRIES_MAX) entries.delete(entries.keys().next().value!);
  };

  return {
    resolve(scope: Scope, functionName: string, qualifier: string | undefined) {
      const address = addressOf(scope, functionName, qualifier);
      if (address.qualifier !== undefined && address.qualifier !== LATEST) throw functionNotFound(address.arn);
      const key = keyOf(address.id);
      const entry = entries.get(key);
      return entry === undefined ? fetchEntry(key, address.id).then((loaded) => resolved(address, loaded)) : resolved(address, entry);
    },
    forget(id) {
      entries.delete(keyOf(id));
      loading.delete(keyOf(id));
    },
    forgetAll() {
      entries.clear();
      loading.clear();
    },
    seen(record) {
      const key = keyOf(idOf(record));
      const entry = entries.get(key);
      if (entry !== undefined && entry.revisionId !== record.RevisionId) entries.delete(key);
    },
  };
}

function entryOf(id: FunctionId, record: FunctionRecord): Entry {
  const { RevisionId: revisionId } = record;
  if (record.State !== "Active") return { revisionId, refusal: () => stateConflict(record) };
  const content = servingContent(record);
  return { revisionId, spec: specOf(id, content), roleArn: content.Role };
}

function resolved(address: FunctionAddress, entry: Entry | undefined): ResolvedFunction {
  if (entry === undefined) throw functionNotFound(functionArn(address.id, address.qualifier ?? LATEST));
  if ("refusal" in entry) throw entry.refusal();
  return { spec: entry.spec, invokedFunctionArn: address.arn, executedVersion: LATEST, roleArn: entry.roleArn };
}

function keyOf({ accountId, region, name }: FunctionId): string {
  return `${accountId}:${region}:${name}`;
}
