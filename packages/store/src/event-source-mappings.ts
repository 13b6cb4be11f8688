import type { Scope } from "@lambdock/model/arn";
import type { EventSourceMapping, MappingState } from "@lambdock/model/event-source-mapping";
import { mappingChangesChannel, mappingIdentitiesKey, mappingKey, mappingTagsKey, mappingUuidsKey, scopeMappingUuidsKey } from "./keys.ts";
import {
  createMappingScript,
  removeMappingScript,
  replaceMappingScript,
  setMappingResultScript,
  setMappingStateScript,
} from "./lua/event-source-mappings.ts";
import { putTagsScript } from "./lua/put-tags.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";
import type { Tags } from "./tags.ts";

/** What the user's change of a mapping may touch: everything but its identity and what the store counts. */
export type MappingChange = Partial<
  Pick<EventSourceMapping, "functionName" | "settings" | "enabled" | "state" | "stateTransitionReason" | "lastModified">
> & {
  /** `null`: none any more. */
  readonly qualifier?: string | null;
};

/** How a change by the user ended; `duplicate` names the mapping that already joins that source and function. */
export type MappingChangeOutcome =
  | { readonly kind: "updated"; readonly mapping: EventSourceMapping }
  | { readonly kind: "duplicate"; readonly uuid: string }
  | { readonly kind: "gone" };

/** How a write of the poller ended; `changed`: the user has changed the mapping since, so it was left as it is. */
export type PollerWriteOutcome = "stored" | "changed" | "gone";

/**
 * Event source mappings of all accounts. What users change goes through `create` and `update`, which
 * count `generation`; what the poller learns goes through `setState`, `setResult` and `remove`, none
 * of which can undo a newer change by the user. Every write but `setResult` is published
 * (event-source-mapping-changes.ts).
 */
export interface MappingStore {
  /** The UUID of the mapping that already joins source and function is answered instead of storing another. */
  create(mapping: EventSourceMapping, tags: Tags): Promise<"created" | { readonly duplicate: string }>;
  get(uuid: string): Promise<EventSourceMapping | undefined>;
  /** All of an account and region, in the order of their UUIDs. */
  list(scope: Scope): Promise<readonly EventSourceMapping[]>;
  /** Every mapping there is, in the order of their UUIDs. */
  listAll(): Promise<readonly EventSourceMapping[]>;
  /**
   * Stores what `change` makes of the mapping that is stored now, as the next generation; it may run
   * again when another writer came between, and what it throws passes.
   */
  update(uuid: string, change: (before: EventSourceMapping) => MappingChange): Promise<MappingChangeOutcome>;
  /** The poller's: what became of that generation. */
  setState(
    uuid: string,
    generation: number,
    reached: { readonly state: MappingState; readonly stateTransitionReason: string },
  ): Promise<PollerWriteOutcome>;
  /** The poller's; false when the mapping is gone. */
  setResult(uuid: string, lastProcessingResult: string): Promise<boolean>;
  /** The poller's: ends a mapping that is Deleting, with its tags. `changed` also when it is not Deleting. */
  remove(uuid: string, generation: number): Promise<PollerWriteOutcome>;
  readonly tags: MappingTagStore;
}

/** Tags of mappings; those of a mapping that is gone are empty. */
export interface MappingTagStore {
  /** Adds or overwrites; nothing is stored when that makes more than `most`. */
  put(uuid: string, tags: Tags, most: number): Promise<"stored" | "too-many" | "gone">;
  remove(uuid: string, keys: readonly string[]): Promise<void>;
  list(uuid: string): Promise<Tags>;
}

/** Event source mappings in Redis. */
export function createMappingStore(redis: RedisClient): MappingStore {
  return {
    create: (mapping, tags) => create(redis, mapping, tags),
    get: async (uuid) => parse(await redis.hgetall(mappingKey(uuid))),
    list: async (scope) => await readAll(redis, await redis.smembers(scopeMappingUuidsKey(scope))),
    listAll: async () => await readAll(redis, await redis.smembers(mappingUuidsKey)),
    update: (uuid, change) => update(redis, uuid, change),
    async setState(uuid, generation, { state, stateTransitionReason }) {
      const args = [uuid, generation, state, stateTransitionReason, mappingChangesChannel];
      return written(await runScript(redis, setMappingStateScript, { keys: [mappingKey(uuid)], args }));
    },
    async setResult(uuid, lastProcessingResult) {
      return (await runScript(redis, setMappingResultScript, { keys: [mappingKey(uuid)], args: [lastProcessingResult] })) === 1;
    },
    remove: (uuid, generation) => remove(redis, uuid, generation),
    tags: createTags(redis),
  };
}

async function create(redis: RedisClient, mapping: EventSourceMapping, tags: Tags): Promise<"created" | { readonly duplicate: string }> {
  const { uuid, generation, state, stateTransitionReason, lastProcessingResult = "" } = mapping;
  const other = await runScript(redis, createMappingScript, {
    keys: keysOf(mapping),
    args: [
      uuid,
      identityOf(mapping),
      recordOf(mapping),
      generation,
      state,
      stateTransitionReason,
      lastProcessingResult,
      mappingChangesChannel,
      ...Object.entries(tags).flat(),
    ],
  });
  return other === "" ? "created" : { duplicate: String(other) };
}

async function update(
  redis: RedisClient,
  uuid: string,
  change: (before: EventSourceMapping) => MappingChange,
): Promise<MappingChangeOutcome> {
  for (;;) {
    const before = parse(await redis.hgetall(mappingKey(uuid)));
    if (before === undefined) return { kind: "gone" };
    const mapping = changed(before, change(before));
    const outcome = await runScript(redis, replaceMappingScript, {
      keys: [mappingKey(uuid), mappingIdentitiesKey],
      args: [
        uuid,
        identityOf(before),
        identityOf(mapping),
        before.generation,
        before.state,
        recordOf(mapping),
        mapping.generation,
        mapping.state,
        mapping.stateTransitionReason,
        mappingChangesChannel,
      ],
    });
    if (outcome === 1) return { kind: "updated", mapping };
    if (outcome === -1) return { kind: "gone" };
    if (outcome !== 0) return { kind: "duplicate", uuid: String(outcome) };
  }
}

async function remove(redis: RedisClient, uuid: string, generation: number): Promise<PollerWriteOutcome> {
  const mapping = parse(await redis.hgetall(mappingKey(uuid)));
  if (mapping === undefined) return "gone";
  // Identity can't have changed when the script finds the same generation; a later one is refused.
  if (mapping.generation !== generation) return "changed";
  const args = [uuid, identityOf(mapping), generation, mappingChangesChannel];
  return written(await runScript(redis, removeMappingScript, { keys: keysOf(mapping), args }));
}

function createTags(redis: RedisClient): MappingTagStore {
  return {
    async put(uuid, tags, most) {
      const outcome = await runScript(redis, putTagsScript, {
        keys: [mappingTagsKey(uuid), mappingKey(uuid)],
        args: [most, ...Object.entries(tags).flat()],
      });
      if (outcome === 1) return "stored";
      return outcome === 0 ? "too-many" : "gone";
    },
    async remove(uuid, keys) {
      if (keys.length > 0) await redis.hdel(mappingTagsKey(uuid), ...keys);
    },
    list: (uuid) => redis.hgetall(mappingTagsKey(uuid)),
  };
}

async function readAll(redis: RedisClient, uuids: readonly string[]): Promise<readonly EventSourceMapping[]> {
  const read = await Promise.all(uuids.toSorted().map((uuid) => redis.hgetall(mappingKey(uuid))));
  // One that was removed since its UUID was read is left out.
  return read.map(parse).filter((mapping) => mapping !== undefined);
}

function changed(before: EventSourceMapping, { qualifier: given, ...change }: MappingChange): EventSourceMapping {
  const { qualifier: former, ...rest } = before;
  const qualifier = given === undefined ? former : (given ?? undefined);
  return { ...rest, ...(qualifier === undefined ? {} : { qualifier }), ...change, generation: before.generation + 1 };
}

function keysOf(mapping: EventSourceMapping): readonly string[] {
  return [mappingKey(mapping.uuid), mappingIdentitiesKey, mappingUuidsKey, scopeMappingUuidsKey(mapping), mappingTagsKey(mapping.uuid)];
}

/** Of two mappings with the same text only one may exist; no qualifier and `$LATEST` are the same function. */
function identityOf({ accountId, region, eventSourceArn, functionName, qualifier = "$LATEST" }: EventSourceMapping): string {
  return JSON.stringify([accountId, region, eventSourceArn, functionName, qualifier]);
}

/** The part of a mapping that only users change; the rest has fields of its own, so that the poller's writes can't touch this. */
function recordOf(mapping: EventSourceMapping): string {
  const { generation: _generation, state: _state, stateTransitionReason: _reason, lastProcessingResult: _result, ...record } = mapping;
  return JSON.stringify(record);
}

type Fields = Readonly<Record<string, string>>;

function parse({ record, generation, state, reason, result }: Fields): EventSourceMapping | undefined {
  if (record === undefined) return undefined;
  return {
    ...(JSON.parse(record) as Omit<EventSourceMapping, "generation" | "state" | "stateTransitionReason">),
    generation: Number(generation),
    state: state as MappingState,
    stateTransitionReason: reason ?? "",
    ...(result === undefined ? {} : { lastProcessingResult: result }),
  };
}

function written(outcome: unknown): PollerWriteOutcome {
  if (outcome === 1) return "stored";
  return outcome === 0 ? "changed" : "gone";
}
