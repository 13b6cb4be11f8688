import { describe, expect, test } from "@jest/globals";
import { planLineage, startOf, type ListedShard, type ShardProgress, type StartFrom } from "./shard-lineage.ts";

const HORIZON: StartFrom = { kind: "trim-horizon" };
const shard = (shardId: string, ...parentIds: readonly string[]): ListedShard => ({ shardId, parentIds });
const known = (entries: Readonly<Record<string, Partial<ShardProgress>>>): ReadonlyMap<string, ShardProgress> =>
  new Map(Object.entries(entries).map(([id, progress]) => [id, { from: HORIZON, ...progress }]));
const nobody: ReadonlySet<string> = new Set();

describe("starting positions", () => {
  const stream = {
    parallelizationFactor: 1,
    startingPosition: "LATEST",
    maximumRecordAgeSeconds: -1,
    maximumRetryAttempts: -1,
    bisectBatchOnFunctionError: false,
    tumblingWindowSeconds: 0,
  } as const;

  test("LATEST of Kinesis is the instant at which the mapping was made; DynamoDB remembers it", () => {
    expect(startOf(stream, "kinesis", 7)).toEqual({ kind: "timestamp", at: 7 });
    expect(startOf(stream, "dynamodb", 7)).toEqual({ kind: "latest", at: 7 });
  });

  test("AT_TIMESTAMP and TRIM_HORIZON are taken as they are", () => {
    expect(startOf({ ...stream, startingPosition: "AT_TIMESTAMP", startingPositionTimestamp: 3 }, "kinesis", 7)).toEqual({
      kind: "timestamp",
      at: 3,
    });
    expect(startOf({ ...stream, startingPosition: "AT_TIMESTAMP" }, "kinesis", 7)).toEqual({ kind: "timestamp", at: 7 });
    expect(startOf({ ...stream, startingPosition: "TRIM_HORIZON" }, "dynamodb", 7)).toEqual(HORIZON);
  });
});

describe("first discovery", () => {
  const listing = [shard("a"), shard("b"), shard("c", "a"), shard("d", "a")];

  test("from the trim horizon parents are read before their children", () => {
    const plan = planLineage(listing, new Map(), { start: HORIZON, latest: false, active: nobody, reopen: false });
    expect([...plan.added.keys()]).toEqual(["a", "b", "c", "d"]);
    expect(plan.readable).toEqual(["a", "b"]);
  });

  test("from LATEST only shards without children are read; the others have nothing newer", () => {
    const start: StartFrom = { kind: "timestamp", at: 5 };
    const plan = planLineage(listing, new Map(), { start, latest: true, active: nobody, reopen: false });
    expect(plan.added.get("a")).toEqual({ from: start, done: true });
    expect(plan.readable).toEqual(["b", "c", "d"]);
  });

  test("an empty listing is a stream that is not ready: nothing is decided by it", () => {
    expect(planLineage([], known({ a: {} }), { start: HORIZON, latest: false, active: nobody, reopen: false })).toEqual({
      added: new Map(),
      removed: [],
      readable: [],
    });
  });
});

describe("later discoveries", () => {
  const start: StartFrom = { kind: "timestamp", at: 5 };
  const context = { start, latest: true, active: nobody, reopen: false };

  test("shards that appear later are read from their beginning, when their parents are finished", () => {
    const listing = [shard("a"), shard("b"), shard("c", "a", "b")];
    const plan = planLineage(listing, known({ a: { done: true }, b: {} }), { ...context, active: new Set(["b"]) });
    expect(plan.added.get("c")).toEqual({ from: HORIZON });
    expect(plan.readable).toEqual(["b"]);
    expect(planLineage(listing, known({ a: { done: true }, b: { done: true }, c: {} }), context).readable).toEqual(["c"]);
  });

  test("a parent that the stream has dropped does not hold back its children, unless it is still being worked on", () => {
    const listing = [shard("c", "a")];
    expect(planLineage(listing, known({ c: {} }), context).readable).toEqual(["c"]);
    expect(planLineage(listing, known({ a: {}, c: {} }), { ...context, active: new Set(["a"]) }).readable).toEqual([]);
  });

  test("a finished shard without children is read on now and then: its stream may have been made anew", () => {
    const before = known({ a: { done: true }, b: { done: true }, c: {} });
    const listing = [shard("a"), shard("b"), shard("c", "a")];
    expect(planLineage(listing, before, context).readable).toEqual(["c"]);
    expect(planLineage(listing, before, { ...context, reopen: true }).readable).toEqual(["b", "c"]);
  });

  test("what the stream has dropped is forgotten once nobody works on it", () => {
    const listing = [shard("b")];
    const plan = planLineage(listing, known({ a: { done: true }, b: {}, z: {} }), { ...context, active: new Set(["z"]) });
    expect(plan.removed).toEqual(["a"]);
  });
});
