import type { Scope } from "@lambdock/model/arn";
import type { RedisClient } from "@lambdock/store/redis";
import { runScript } from "@lambdock/store/script";
import type { AttributeChange, Attributes } from "../attributes/queue-attributes.ts";
import { changeAttributes, createQueue, deleteQueue, describeQueue, purgeQueue } from "../lua/change-queue.ts";
import type { QueueRef } from "../queue-ref.ts";
import { queueKey, queueNamesKey, runningMovesKey } from "../sqs-keys.ts";

/** A queue's attributes with its counts of messages. */
export interface QueueDescription {
  readonly attributes: Attributes;
  readonly visible: number;
  readonly invisible: number;
  readonly delayed: number;
}

/** A page of queue names in order; `next` is the last name when there are more. */
export interface NamePage {
  readonly names: readonly string[];
  readonly next?: string;
}

/** Queues in Redis. That one is not there is told by the answers, never thrown. */
export interface QueueStore {
  /** `created`, `deleted` (too recently), or the attributes of the queue that is there. */
  create(queue: QueueRef, attributes: Attributes, tags: ReadonlyMap<string, string>): Promise<"created" | "deleted" | Attributes>;
  /** `reservedMs`: time for which the name may not be used again. */
  remove(queue: QueueRef, now: number, reservedMs: number): Promise<boolean>;
  exists(queue: QueueRef): Promise<boolean>;
  attributes(queue: QueueRef): Promise<Attributes | undefined>;
  describe(queue: QueueRef, now: number): Promise<QueueDescription | undefined>;
  change(queue: QueueRef, now: number, change: AttributeChange): Promise<boolean>;
  purge(queue: QueueRef, now: number, pauseMs: number): Promise<"missing" | "busy" | "purged">;
  names(scope: Scope, page: { readonly prefix: string; readonly after: string; readonly limit: number }): Promise<NamePage>;
  /** Queues of the scope whose dead letters go to that ARN, in order. */
  sourcesOf(scope: Scope, targetArn: string): Promise<readonly QueueRef[]>;
  tags(queue: QueueRef): Promise<Readonly<Record<string, string>> | undefined>;
  changeTags(queue: QueueRef, change: AttributeChange): Promise<void>;
}

/** A store on that connection. */
export function createQueueStore(redis: RedisClient): QueueStore {
  return { ...lives(redis), ...attributesOf(redis), ...lists(redis), ...tagsOf(redis) };
}

function lives(redis: RedisClient): Pick<QueueStore, "create" | "remove" | "exists" | "purge"> {
  return {
    async create(queue, attributes, tags) {
      const args = [queue.name, attributes.size, ...[...attributes].flat(), ...[...tags].flat()];
      const answer = await runScript(redis, createQueue, { keys: [queueKey(queue), queueNamesKey(queue)], args });
      return Array.isArray(answer) ? pairs(answer as string[]) : (answer as "created" | "deleted");
    },
    async remove(queue, now, reservedMs) {
      const keys = [queueKey(queue), queueNamesKey(queue), runningMovesKey];
      return (await runScript(redis, deleteQueue, { keys, args: [queue.name, now, reservedMs] })) === 1;
    },
    exists: async (queue) => (await redis.exists(queueKey(queue))) === 1,
    purge: async (queue, now, pauseMs) =>
      (await runScript(redis, purgeQueue, { keys: [queueKey(queue)], args: [now, pauseMs] })) as "missing" | "busy" | "purged",
  };
}

function attributesOf(redis: RedisClient): Pick<QueueStore, "attributes" | "describe" | "change"> {
  return {
    async attributes(queue) {
      const fields = await redis.hgetall(queueKey(queue));
      return fields["QueueArn"] === undefined ? undefined : new Map(Object.entries(fields));
    },
    async describe(queue, now) {
      const answer = await runScript(redis, describeQueue, { keys: [queueKey(queue)], args: [now] });
      if (!Array.isArray(answer)) return undefined;
      const [visible, invisible, delayed, ...fields] = answer as [number, number, number, ...string[]];
      return { visible, invisible, delayed, attributes: pairs(fields) };
    },
    change: async (queue, now, { set, remove }) =>
      (await runScript(redis, changeAttributes, { keys: [queueKey(queue)], args: [now, set.size, ...[...set].flat(), ...remove] })) === 1,
  };
}

function lists(redis: RedisClient): Pick<QueueStore, "names" | "sourcesOf"> {
  return {
    async names(scope, { prefix, after, limit }) {
      const from = after >= prefix && after !== "" ? `(${after}` : `[${prefix}`;
      // Names are ASCII, so that everything with the prefix comes before this.
      const names = await redis.zrange(queueNamesKey(scope), from, `(${prefix}\u007f`, "BYLEX", "LIMIT", 0, limit + 1);
      return names.length <= limit ? { names } : { names: names.slice(0, limit), next: names[limit - 1]! };
    },
    async sourcesOf(scope, targetArn) {
      const names = await redis.zrange(queueNamesKey(scope), "0", "-1");
      const pipeline = redis.pipeline();
      for (const name of names) pipeline.hget(queueKey({ ...scope, name }), "dlqArn");
      const answers = (await pipeline.exec()) ?? [];
      const failure = answers.find(([error]) => error !== null)?.[0];
      if (failure) throw failure;
      return names.filter((_, index) => answers[index]?.[1] === targetArn).map((name) => ({ ...scope, name }));
    },
  };
}

function tagsOf(redis: RedisClient): Pick<QueueStore, "tags" | "changeTags"> {
  return {
    async tags(queue) {
      const key = queueKey(queue);
      return (await redis.exists(key)) === 1 ? await redis.hgetall(`${key}:tags`) : undefined;
    },
    async changeTags(queue, { set, remove }) {
      const key = `${queueKey(queue)}:tags`;
      if (remove.length > 0) await redis.hdel(key, ...remove);
      if (set.size > 0) await redis.hset(key, Object.fromEntries(set));
    },
  };
}

function pairs(flat: readonly string[]): Attributes {
  return new Map(Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!]));
}
