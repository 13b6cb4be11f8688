import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { FunctionId } from "@lambdock/model/arn";
import { createFunctionStore, type FunctionStore } from "./functions.ts";
import { createReservedConcurrencyStore, type ReservationOutcome, type ReservedConcurrencyStore } from "./reserved-concurrency.ts";
import { recordOf } from "./testing/records.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

(redisInstalled() ? describe : describe.skip)("reserved concurrency in Redis", () => {
  const scope = { accountId: "111122223333", region: "us-east-1" };
  const arn = "arn:aws:lambda:us-east-1:111122223333:function:";
  const id = (name: string): FunctionId => ({ ...scope, name });
  let fixture: RedisFixture;
  let functions: FunctionStore;
  let store: ReservedConcurrencyStore;
  beforeAll(async () => {
    fixture = await startRedis();
    functions = createFunctionStore(fixture.client);
    store = createReservedConcurrencyStore(fixture.client);
  });
  beforeEach(async () => {
    await fixture.client.flushall();
    for (const FunctionName of ["f", "g"]) await functions.create(recordOf({ FunctionName }), {});
  });
  afterAll(() => fixture.stop());

  const put = async (name: string, reserved: number, now = 5): Promise<ReservationOutcome["kind"]> =>
    (await store.put(id(name), reserved, { claimedMax: 900, now })).kind;

  test("is put, changed and given up, and the table grows newer with every change", async () => {
    expect(await store.table()).toEqual({ generation: 0, functions: {} });
    expect([await put("f", 3), await put("g", 0)]).toEqual(["changed", "changed"]);
    expect([await store.get(id("f")), await store.get(id("g")), await store.get(id("h"))]).toEqual([3, 0, undefined]);
    expect(await store.table()).toEqual({ generation: 6, functions: { [`${arn}f`]: 3, [`${arn}g`]: 0 } });
    expect([await store.delete(id("f")), await store.delete(id("f"))]).toEqual(["changed", "unchanged"]);
    expect(await store.table()).toEqual({ generation: 7, functions: { [`${arn}g`]: 0 } });
  });

  test("is newer than what a lost store had given out", async () => {
    await put("f", 3, 1_000);
    const { generation } = await store.table();
    await fixture.client.flushall();
    await functions.create(recordOf({ FunctionName: "f" }), {});
    await put("f", 4, 1_001);
    expect((await store.table()).generation).toBeGreaterThan(generation);
  });

  test("of a function that does not exist is not stored", async () => {
    expect([await put("h", 1), await store.delete(id("h"))]).toEqual(["gone", "gone"]);
    expect(await store.table()).toEqual({ generation: 0, functions: {} });
  });

  test("is bounded over the account and region, whoever is first; zero always has room", async () => {
    await put("f", 500);
    expect([await put("g", 401), await put("g", 400), await put("f", 501), await put("f", 500)]).toEqual([
      "over",
      "changed",
      "over",
      "changed",
    ]);
    expect(await put("f", 0)).toBe("changed");
    expect(await store.claimed(scope)).toBe(400);
    for (const other of [{ AccountId: "444455556666" }, { Region: "eu-west-1" }]) {
      const record = recordOf({ FunctionName: "f", ...other });
      await functions.create(record, {});
      const elsewhere = { accountId: record.AccountId, region: record.Region, name: "f" };
      expect(await store.put(elsewhere, 900, { claimedMax: 900, now: 5 })).toEqual({ kind: "changed" });
      expect(await store.claimed(elsewhere)).toBe(900);
    }
    expect(await store.claimed(scope)).toBe(400);
  });

  test("of many that reserve at the same time, no more than there is room for succeed", async () => {
    const names = Array.from({ length: 12 }, (_, n) => `n${n}`);
    for (const FunctionName of names) await functions.create(recordOf({ FunctionName }), {});
    const outcomes = await Promise.all(names.map((name) => put(name, 100)));
    expect(outcomes.filter((outcome) => outcome === "changed")).toHaveLength(9);
    expect(await store.claimed(scope)).toBe(900);
  });

  test("goes with its function, and the table grows newer", async () => {
    await put("f", 3);
    const before = await store.table();
    await functions.delete(id("f"));
    expect(await store.table()).toEqual({ generation: before.generation + 1, functions: {} });
    await functions.delete(id("g"));
    expect((await store.table()).generation).toBe(before.generation + 1);
    await functions.create(recordOf({ FunctionName: "f" }), {});
    expect(await store.get(id("f"))).toBeUndefined();
  });
});
