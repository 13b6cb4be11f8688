import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import { isUnfinished, type FunctionRecord } from "@lambdock/model/function-record";
import {
  codeStorageKey,
  eventInvokeConfigsKey,
  functionChangesChannel,
  functionKey,
  functionNamesKey,
  functionPoliciesKey,
  functionTagsKey,
  reservationsGenerationKey,
  reservationsKey,
  unfinishedKey,
} from "./keys.ts";
import { createFunctionScript } from "./lua/create-function.ts";
import { deleteFunctionScript } from "./lua/delete-function.ts";
import { replaceFunctionScript } from "./lua/replace-function.ts";
import { namesAfter, type Page, type PageRequest } from "./name-pages.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** How a compare-and-set ended. */
export type ReplaceOutcome = "replaced" | "changed" | "gone";

/** Function records. Every write is atomic and is published to the other gateways. */
export interface FunctionStore {
  /** False when a function of that name exists. */
  create(record: FunctionRecord, tags: Readonly<Record<string, string>>): Promise<boolean>;
  get(id: FunctionId): Promise<FunctionRecord | undefined>;
  /** Stores the record if the stored RevisionId is still the expected one. */
  replace(record: FunctionRecord, expectedRevisionId: string): Promise<ReplaceOutcome>;
  /** Deletes record, tags, policies and the reservation of concurrency; answers what was deleted. */
  delete(id: FunctionId): Promise<FunctionRecord | undefined>;
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

async function remove(redis: RedisClient, id: FunctionId): Promise<FunctionRecord | undefined> {
  const record = await runScript(redis, deleteFunctionScript, {
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
    ],
    args: [id.name, memberOf(id), functionChangesChannel, functionArn(id)],
  });
  return parse(record as string | null);
}

async function list(redis: RedisClient, scope: Scope, request: PageRequest): Promise<Page<FunctionRecord>> {
  const names = await namesAfter(redis, functionNamesKey(scope), request);
  const texts = await Promise.all(names.items.map((name) => redis.hget(functionKey({ ...scope, name }), "record")));
  // A function deleted since its name was read is left out.
  const items = texts.map(parse).filter((record) => record !== undefined);
  return { ...names, items };
}

/** One canonical text per function, so that a set and a channel know it by that. */
function memberOf({ accountId, region, name }: FunctionId): string {
  return JSON.stringify({ accountId, region, name });
}

function codeBytes(record: FunctionRecord): number {
  return record.Latest.Code.RepositoryType === "S3" ? record.Latest.Code.CodeSize : 0;
}

function parse(text: string | null): FunctionRecord | undefined {
  return text === null ? undefined : (JSON.parse(text) as FunctionRecord);
}
