import { routesOf, type AliasRecord } from "@lambdock/model/alias";
import type { FunctionId } from "@lambdock/model/arn";
import type { FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";
import {
  codeStorageKey,
  eventInvokeConfigsKey,
  functionAliasesKey,
  functionChangesChannel,
  functionKey,
  functionPoliciesKey,
  functionVersionsKey,
  unfinishedVersionsKey,
} from "./keys.ts";
import { deleteVersionScript, publishVersionScript, replaceVersionScript } from "./lua/versions.ts";
import { memberOf, versionMemberOf } from "./member.ts";
import type { Page, PageRequest } from "./name-pages.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** A published version's address. */
export interface VersionId extends FunctionId {
  readonly version: string;
}

/** How deleting a version ended. */
export type VersionDeletion =
  | { readonly kind: "deleted"; readonly record: FunctionVersionRecord }
  /** The aliases that point to it, in the order of their names. */
  | { readonly kind: "aliased"; readonly aliases: readonly string[] }
  | { readonly kind: "none" }
  | { readonly kind: "gone" };

/** Published versions of functions. Every write is atomic and is published to the other gateways. */
export interface VersionStore {
  readonly get: (id: FunctionId, version: string) => Promise<FunctionVersionRecord | undefined>;
  /** The highest version number ever given; 0 when none was. Numbers of deleted versions are not given again. */
  readonly highest: (id: FunctionId) => Promise<number>;
  /** Stores the version, and the function as it is from then on; `changed` unless that still has the expected revision and the number is the next. */
  publish(
    version: FunctionVersionRecord,
    latest: { readonly record: FunctionRecord; readonly expectedRevisionId: string },
  ): Promise<"published" | "changed" | "gone">;
  /** Stores what `change` makes of the record; it may run again when another writer came between. `gone` when there is no such version. */
  update(
    id: FunctionId,
    version: string,
    change: (before: FunctionVersionRecord) => FunctionVersionRecord,
  ): Promise<FunctionVersionRecord | "gone">;
  /** Deletes a version with its policy and event invoke config, unless an alias points to it. */
  delete(id: FunctionId, version: string): Promise<VersionDeletion>;
  /** A page in the order of the numbers; `after` is a number. */
  readonly list: (id: FunctionId, page: PageRequest) => Promise<Page<FunctionVersionRecord>>;
  /** Versions that are Pending, of all functions. */
  unfinished(): Promise<readonly VersionId[]>;
}

/** Published versions in Redis. */
export function createVersionStore(redis: RedisClient): VersionStore {
  return {
    get: async (id, version) => parse(await redis.hget(functionVersionsKey(id), version)),
    highest: async (id) => Number((await redis.hget(functionKey(id), "versions")) ?? 0),
    publish: (version, latest) => publish(redis, version, latest),
    update: (id, version, change) => update(redis, { id, version, change }),
    delete: (id, version) => remove(redis, id, version),
    list: (id, page) => list(redis, id, page),
    unfinished: async () => (await redis.smembers(unfinishedVersionsKey)).map((member) => JSON.parse(member) as VersionId),
  };
}

/** The identity of a version's function. */
export function functionOf(record: FunctionVersionRecord): FunctionId {
  return { accountId: record.AccountId, region: record.Region, name: record.FunctionName };
}

async function publish(
  redis: RedisClient,
  version: FunctionVersionRecord,
  { record, expectedRevisionId }: { readonly record: FunctionRecord; readonly expectedRevisionId: string },
): Promise<"published" | "changed" | "gone"> {
  const id = functionOf(version);
  const outcome = await runScript(redis, publishVersionScript, {
    keys: [functionKey(id), functionVersionsKey(id), codeStorageKey(id), unfinishedVersionsKey],
    args: [
      id.name,
      expectedRevisionId,
      record.RevisionId,
      JSON.stringify(record),
      version.Version,
      JSON.stringify(version),
      version.Content.Code.RepositoryType === "S3" ? version.Content.Code.CodeSize : 0,
      versionMemberOf(id, version.Version),
      pendingMark(version),
      functionChangesChannel,
      memberOf(id),
    ],
  });
  if (outcome === 1) return "published";
  return outcome === 0 ? "changed" : "gone";
}

interface Update {
  readonly id: FunctionId;
  readonly version: string;
  readonly change: (before: FunctionVersionRecord) => FunctionVersionRecord;
}

async function update(redis: RedisClient, { id, version, change }: Update): Promise<FunctionVersionRecord | "gone"> {
  for (;;) {
    const text = await redis.hget(functionVersionsKey(id), version);
    if (text === null) return "gone";
    const after = change(parse(text)!);
    const outcome = await runScript(redis, replaceVersionScript, {
      keys: [functionVersionsKey(id), unfinishedVersionsKey],
      args: [version, text, JSON.stringify(after), versionMemberOf(id, version), pendingMark(after), functionChangesChannel, memberOf(id)],
    });
    if (outcome === 1) return after;
    if (outcome === -1) return "gone";
  }
}

async function remove(redis: RedisClient, id: FunctionId, version: string): Promise<VersionDeletion> {
  for (;;) {
    // The count first: an alias written after it was read makes the script refuse.
    const writes = (await redis.hget(functionKey(id), "aliasWrites")) ?? "0";
    const aliases = await aliasesOf(redis, id, version);
    if (aliases.length > 0) return { kind: "aliased", aliases };
    const answer = (await runScript(redis, deleteVersionScript, {
      keys: [
        functionKey(id),
        functionVersionsKey(id),
        functionPoliciesKey(id),
        eventInvokeConfigsKey(id),
        codeStorageKey(id),
        unfinishedVersionsKey,
      ],
      args: [id.name, version, writes, versionMemberOf(id, version), functionChangesChannel, memberOf(id)],
    })) as string;
    if (answer === "gone") return { kind: "gone" };
    if (answer === "") return { kind: "none" };
    if (answer !== "changed") return { kind: "deleted", record: parse(answer)! };
  }
}

async function aliasesOf(redis: RedisClient, id: FunctionId, version: string): Promise<readonly string[]> {
  const aliases = (await redis.hvals(functionAliasesKey(id))).map((text) => JSON.parse(text) as AliasRecord);
  return aliases
    .filter((alias) => routesOf(alias).some((route) => route.version === version))
    .map(({ Name }) => Name)
    .sort();
}

async function list(redis: RedisClient, id: FunctionId, { after, limit }: PageRequest): Promise<Page<FunctionVersionRecord>> {
  const numbers = (await redis.hkeys(functionVersionsKey(id))).map(Number).sort((one, other) => one - other);
  const left = after === undefined ? numbers : numbers.filter((number) => number > Number(after));
  const page = left.slice(0, limit).map(String);
  const texts = page.length === 0 ? [] : await redis.hmget(functionVersionsKey(id), ...page);
  // A version deleted since its number was read is left out.
  const items = texts.map(parse).filter((record) => record !== undefined);
  const last = page.at(-1);
  return left.length > limit && last !== undefined ? { items, next: last } : { items };
}

function pendingMark({ State }: FunctionVersionRecord): string {
  return State === "Pending" ? "1" : "0";
}

function parse(text: string | null): FunctionVersionRecord | undefined {
  return text === null ? undefined : (JSON.parse(text) as FunctionVersionRecord);
}
