import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import { isUnfinished, type FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";
import {
  codeStorageKey,
  eventInvokeConfigsKey,
  functionAliasesKey,
  functionChangesChannel,
  functionKey,
  functionNamesKey,
  functionPoliciesKey,
  functionTagsKey,
  functionVersionsKey,
  provisionedKey,
  reservationsGenerationKey,
  reservationsKey,
  unfinishedKey,
  unfinishedVersionsKey,
} from "./keys.ts";
import { createFunctionScript } from "./lua/create-function.ts";
import { deleteFunctionScript } from "./lua/delete-function.ts";
import { replaceFunctionScript } from "./lua/replace-function.ts";
import { memberOf } from "./member.ts";
import { namesAfter, type Page, type PageRequest } from "./name-pages.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** How a compare-and-set ended. */
export type ReplaceOutcome = "replaced" | "changed" | "gone";

/** A function that is gone, and its published versions. */
export interface DeletedFunction {
  readonly record: FunctionRecord;
  readonly versions: readonly FunctionVersionRecord[];
}

/** Function records. Every write is atomic and is published to the other gateways. */
export interface FunctionStore {
  /** False when a function of that name exists. */
  create(record: FunctionRecord, tags: Readonly<Record<string, string>>): Promise<boolean>;
  get(id: FunctionId): Promise<FunctionRecord | undefined>;
  /** Stores the record if the stored RevisionId is still the expected one. */
  replace(record: FunctionRecord, expectedRevisionId: string): Promise<ReplaceOutcome>;
  /** Deletes record, versions, aliases, tags, policies, reserved and provisioned concurrency; answers what was deleted. */
  delete(id: FunctionId): Promise<DeletedFunction | undefined>;
  /** A page of records in the order of their names. */
  list(scope: Scope, page: PageRequest): Promise<Page<FunctionRecord>>;
  count(scope: Scope): Promise<number>;
  /** Functions whose preparation was begun and not finished, of all scopes. */
  unfinished(): Promise<readonly FunctionId[]>;
}

/** Function records in Redis. */
export function createFunctionStore(redis: RedisClient): FunctionStore {
  return {
    create: (record, tags) => create(redis, record, tags),
    get: async (id) => parse(await redis.hget(functionKey(id), "record")),
    replace: (record, expected) => replace(redis, record, expected),
    delete: (id) => remove(redis, id),
    list: (scope, page) => list(redis, scope, page),
    count: (scope) => redis.zcard(functionNamesKey(scope)),
    unfinished: async () => (await redis.smembers(unfinishedKey)).map((member) => JSON.parse(member) as FunctionId),
  };
}

/** The identity of a record's function. */
export function idOf(record: FunctionRecord): FunctionId {
  return { accountId: record.AccountId, region: record.Region, name: record.FunctionName };
}

async function create(redis: RedisClient, record: FunctionRecord, tags: Readonly<Record<string, string>>): Promise<boolean> {
  const id = idOf(record);
  const stored = await runScript(redis, createFunctionScript, {
    keys: [functionKey(id), functionNamesKey(id), functionTagsKey(id), unfinishedKey, codeStorageKey(id)],
    args: [
      id.name,
      record.RevisionId,
      JSON.stringify(record),
      codeBytes(record),
      memberOf(id),
      functionChangesChannel,
      ...Object.entries(tags).flat(),
    ],
  });
  return stored === 1;
}

async function replace(redis: RedisClient, record: FunctionRecord, expectedRevisionId: string): Promise<ReplaceOutcome> {
  const id = idOf(record);
  const outcome = await runScript(redis, replaceFunctionScript, {
    keys: [functionKey(id), unfinishedKey, codeStorageKey(id)],
    args: [
      id.name,
      expectedRevisionId,
      record.RevisionId,
      JSON.stringify(record),
      codeBytes(record),
      memberOf(id),
      isUnfinished(record) ? "1" : "0",
      functionChangesChannel,
    ],
  });
  if (outcome === 1) return "replaced";
  return outcome === 0 ? "changed" : "gone";
}

async function remove(redis: RedisClient, id: FunctionId): Promise<DeletedFunction | undefined> {
  const answer = await runScript(redis, deleteFunctionScript, {
    keys: [
      functionKey(id),
      functionNamesKey(id),
      functionTagsKey(id),
      functionPoliciesKey(id),
      unfinishedKey,
      codeStorageKey(id),
      eventInvokeConfigsKey(id),
      reservationsKey,
      reservationsGenerationKey,
      provisionedKey,
      functionVersionsKey(id),
      functionAliasesKey(id),
      unfinishedVersionsKey,
    ],
    args: [id.name, memberOf(id), functionChangesChannel, functionArn(id)],
  });
  if (answer === null) return undefined;
  const [record, ...versions] = answer as [string, ...string[]];
  return { record: parse(record)!, versions: versions.map((text) => JSON.parse(text) as FunctionVersionRecord) };
}

async function list(redis: RedisClient, scope: Scope, request: PageRequest): Promise<Page<FunctionRecord>> {
  const names = await namesAfter(redis, functionNamesKey(scope), request);
  const texts = await Promise.all(names.items.map((name) => redis.hget(functionKey({ ...scope, name }), "record")));
  // A function deleted since its name was read is left out.
  const items = texts.map(parse).filter((record) => record !== undefined);
  return { ...names, items };
}

function codeBytes(record: FunctionRecord): number {
  return record.Latest.Code.RepositoryType === "S3" ? record.Latest.Code.CodeSize : 0;
}

function parse(text: string | null): FunctionRecord | undefined {
  return text === null ? undefined : (JSON.parse(text) as FunctionRecord);
}
