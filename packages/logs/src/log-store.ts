import type { Scope } from "@lambdock/model/arn";
import { runScript, type Script } from "@lambdock/store/script";
import type { Redis } from "ioredis";
import type { LogBounds } from "./log-bounds.ts";
import { groupKeys, logGroupsKey } from "./log-keys.ts";
import { appendEvents } from "./lua/append-events.ts";
import { changeRetention, createGroup, createStream, deleteGroup, deleteStream } from "./lua/change-group.ts";
import { readEvents } from "./lua/read-events.ts";
import type { LogEvent } from "./port.ts";
import { decodeEvent, type EventPlace, type StoredEvent } from "./stored-events.ts";

/** A group's full name. */
export interface LogGroupRef extends Scope {
  readonly logGroup: string;
}

export interface LogGroupRecord {
  readonly name: string;
  readonly creationTime: number;
  readonly storedBytes: number;
  readonly retentionInDays?: number;
}

export interface LogStreamRecord {
  readonly name: string;
  readonly creationTime: number;
  readonly storedBytes: number;
  readonly firstEventTimestamp?: number;
  readonly lastEventTimestamp?: number;
  readonly lastIngestionTime?: number;
}

/** A stream among the others: its name and the time of its last event (of its creation, without one). */
export interface StreamPosition {
  readonly name: string;
  readonly lastActive: number;
}

export interface AppendRequest {
  readonly group: LogGroupRef;
  readonly stream: string;
  readonly events: readonly LogEvent[];
  /** Epoch milliseconds; fractions, here and in events, are cut off: the API has whole ones. */
  readonly now: number;
  /** Makes group and stream when they are absent. */
  readonly create: boolean;
  /** Who writes, with a number that grows from batch to batch: a repeated batch is stored once. */
  readonly batch?: { readonly writer: string; readonly number: number };
}

export interface PageRequest {
  readonly group: LogGroupRef;
  readonly stream: string;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number;
  /** Epoch milliseconds. */
  readonly to?: { readonly time: number; readonly inclusive: boolean };
  readonly direction: "forward" | "backward";
  /** Forward: only events after it. Backward: only events up to it. */
  readonly place?: EventPlace;
  readonly eventsMax: number;
  readonly bytesMax: number;
}

export interface Page {
  /** In the order of time, whatever the direction. */
  readonly events: readonly StoredEvent[];
  /** There are more in the direction of reading. */
  readonly more: boolean;
}

/** Groups, streams and events in Redis. What does not exist is told by the answers, never thrown. */
export interface LogStore {
  append(request: AppendRequest): Promise<"stored" | "no group" | "no stream">;
  page(request: PageRequest): Promise<Page>;
  groupNames(scope: Scope): Promise<readonly string[]>;
  group(ref: LogGroupRef): Promise<LogGroupRecord | undefined>;
  createGroup(ref: LogGroupRef, now: number, tags: Readonly<Record<string, string>>): Promise<boolean>;
  deleteGroup(ref: LogGroupRef): Promise<boolean>;
  /** `undefined` removes the policy. Events that it hides are deleted. */
  changeRetention(ref: LogGroupRef, days: number | undefined, now: number): Promise<boolean>;
  tags(ref: LogGroupRef): Promise<Readonly<Record<string, string>>>;
  changeTags(
    ref: LogGroupRef,
    change: { readonly put: Readonly<Record<string, string>>; readonly remove: readonly string[] },
  ): Promise<void>;
  /** All streams, the longest silent first. */
  streams(ref: LogGroupRef): Promise<readonly StreamPosition[]>;
  stream(ref: LogGroupRef, name: string): Promise<LogStreamRecord | undefined>;
  createStream(ref: LogGroupRef, name: string, now: number): Promise<"created" | "no group" | "exists">;
  deleteStream(ref: LogGroupRef, name: string): Promise<"deleted" | "no group" | "no stream">;
}

const MISSING = { group: "no group", stream: "no stream", exists: "exists" } as const;

type Run = (script: Script, ref: LogGroupRef, args: readonly (string | number)[]) => Promise<unknown>;

/** A store on that connection. Every writer to one Redis should use the same bounds. */
export function createLogStore(redis: Redis, bounds: LogBounds): LogStore {
  const run: Run = async (script, ref, args) => {
    const keys = groupKeys(ref, ref.logGroup);
    return await runScript(redis, script, {
      keys: [keys.groups, keys.group, keys.streams, keys.tags],
      args: [keys.streamPrefix, keys.eventsPrefix, ...args],
    });
  };
  return { ...storedEvents(redis, run, bounds), ...storedGroups(redis, run), ...storedStreams(redis, run, bounds) };
}

function storedEvents(redis: Redis, run: Run, bounds: LogBounds): Pick<LogStore, "append" | "page"> {
  const limits = [bounds.eventsPerStream, bounds.streamsPerGroup, bounds.bytesPerGroup];
  return {
    async append({ group, stream, events, now, create, batch }) {
      const lines = events.flatMap((event) => [Math.floor(event.timestamp), event.message]);
      const writer = [batch?.writer ?? "", batch?.number ?? 0];
      const answer = await run(appendEvents, group, [
        group.logGroup,
        stream,
        Math.floor(now),
        create ? 1 : 0,
        ...limits,
        ...writer,
        ...lines,
      ]);
      return answer === "group" || answer === "stream" ? MISSING[answer] : "stored";
    },
    page: async (request) => await readPage(redis, request),
  };
}

type GroupPart = Pick<LogStore, "groupNames" | "group" | "createGroup" | "deleteGroup" | "changeRetention" | "tags" | "changeTags">;

function storedGroups(redis: Redis, run: Run): GroupPart {
  return {
    groupNames: async (scope) => await redis.zrange(logGroupsKey(scope), "0", "-1"),
    async group(ref) {
      const fields = await redis.hgetall(groupKeys(ref, ref.logGroup).group);
      return fields["creationTime"] === undefined ? undefined : { ...common(ref.logGroup, fields), ...numeric(fields, "retentionInDays") };
    },
    createGroup: async (ref, now, tags) => (await run(createGroup, ref, [ref.logGroup, now, ...Object.entries(tags).flat()])) === 1,
    deleteGroup: async (ref) => (await run(deleteGroup, ref, [ref.logGroup])) === 1,
    changeRetention: async (ref, days, now) => (await run(changeRetention, ref, [days ?? "", now])) === 1,
    tags: async (ref) => await redis.hgetall(groupKeys(ref, ref.logGroup).tags),
    async changeTags(ref, { put, remove }) {
      const key = groupKeys(ref, ref.logGroup).tags;
      if (remove.length > 0) await redis.hdel(key, ...remove);
      if (Object.keys(put).length > 0) await redis.hset(key, put);
    },
  };
}

function storedStreams(redis: Redis, run: Run, bounds: LogBounds): Pick<LogStore, "streams" | "stream" | "createStream" | "deleteStream"> {
  return {
    async streams(ref) {
      const flat = await redis.zrange(groupKeys(ref, ref.logGroup).streams, "0", "-1", "WITHSCORES");
      return pairs(flat).map(([name, score]) => ({ name, lastActive: Number(score) }));
    },
    async stream(ref, name) {
      const fields = await redis.hgetall(groupKeys(ref, ref.logGroup).streamPrefix + name);
      if (fields["creationTime"] === undefined) return undefined;
      const times = {
        ...numeric(fields, "firstEventTimestamp"),
        ...numeric(fields, "lastEventTimestamp"),
        ...numeric(fields, "lastIngestionTime"),
      };
      return { ...common(name, fields), ...times };
    },
    async createStream(ref, name, now) {
      const answer = await run(createStream, ref, [name, now, bounds.streamsPerGroup]);
      return answer === "group" || answer === "exists" ? MISSING[answer] : "created";
    },
    async deleteStream(ref, name) {
      const answer = await run(deleteStream, ref, [name]);
      return answer === "group" || answer === "stream" ? MISSING[answer] : "deleted";
    },
  };
}

function common(
  name: string,
  fields: Readonly<Record<string, string>>,
): { readonly name: string; readonly creationTime: number; readonly storedBytes: number } {
  return { name, creationTime: Number(fields["creationTime"]), storedBytes: Number(fields["storedBytes"] ?? 0) };
}

async function readPage(redis: Redis, request: PageRequest): Promise<Page> {
  const { group, stream, from, to, direction, place, eventsMax, bytesMax } = request;
  const until = to === undefined ? "+inf" : `${to.inclusive ? "" : "("}${to.time}`;
  const args = [from ?? "-inf", until, direction, place?.timestamp ?? "", place?.sequence ?? "", eventsMax, bytesMax];
  const [more, ...flat] = (await runScript(redis, readEvents, {
    keys: [groupKeys(group, group.logGroup).eventsPrefix + stream],
    args,
  })) as string[];
  const events = pairs(flat).map(([member, score]) => decodeEvent(member, score));
  return { events: direction === "forward" ? events : events.reverse(), more: more === "1" };
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!]);
}

function numeric<Name extends string>(fields: Readonly<Record<string, string>>, name: Name): { readonly [key in Name]?: number } {
  const text = fields[name];
  return text === undefined ? {} : ({ [name]: Number(text) } as { readonly [key in Name]?: number });
}
