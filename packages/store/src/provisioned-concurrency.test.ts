import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { FunctionId } from "@lambdock/model/arn";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import { functionSpec } from "@lambdock/model/testing/function-spec";
import fc from "fast-check";
import { createFunctionStore, type FunctionStore } from "./functions.ts";
import {
  createProvisionedConcurrencyStore,
  type ProvisionedConcurrencyStore,
  type ProvisionedConfig,
  type ProvisionOutcome,
} from "./provisioned-concurrency.ts";
import { createReservedConcurrencyStore, type ReservationOutcome, type ReservedConcurrencyStore } from "./reserved-concurrency.ts";
import { recordOf } from "./testing/records.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:";
const scope = { accountId: "111122223333", region: "us-east-1" };
const id = (name: string): FunctionId => ({ ...scope, name });
const LIMITS = { accountConcurrency: 1_000, unreservedFloor: 100, now: 5 };

function specOf(name: string, version: string): FunctionSpec {
  const environment = { TEXT: "two words, a comma" };
  return functionSpec({ functionArn: `${ARN}${name}`, ...scope, name, version, revision: `r${version}`, environment });
}

function configOf(name: string, counts: Readonly<Record<string, number>>, configId = "id-1"): ProvisionedConfig {
  const environments = Object.entries(counts).map(([version, count]) => ({ spec: specOf(name, version), count }));
  return { id: configId, modified: 5, environments, requested: environments.reduce((sum, { count }) => sum + count, 0) };
}

(redisInstalled() ? describe : describe.skip)("provisioned concurrency in Redis", () => {
  let fixture: RedisFixture;
  let functions: FunctionStore;
  let store: ProvisionedConcurrencyStore;
  let reservations: ReservedConcurrencyStore;
  beforeAll(async () => {
    fixture = await startRedis();
    functions = createFunctionStore(fixture.client);
    store = createProvisionedConcurrencyStore(fixture.client);
    reservations = createReservedConcurrencyStore(fixture.client);
  });
  beforeEach(async () => {
    await fixture.client.flushall();
    for (const FunctionName of ["f", "ff"]) await functions.create(recordOf({ FunctionName }), {});
  });
  afterAll(() => fixture.stop());

  const put = (name: string, qualifier: string, counts: Readonly<Record<string, number>>): Promise<ProvisionOutcome> =>
    store.put(id(name), qualifier, { config: configOf(name, counts), ...LIMITS });
  const reserve = (name: string, reserved: number): Promise<ReservationOutcome> =>
    reservations.put(id(name), reserved, { claimedMax: 900, now: 5 });
  const changed = { kind: "changed" };

  test("is put, read back whole, listed by qualifier and deleted", async () => {
    expect([await put("f", "live", { "1": 2, "2": 1 }), await put("f", "3", { "3": 4 }), await put("ff", "1", { "1": 5 })]).toEqual([
      changed,
      changed,
      changed,
    ]);
    expect(await store.get(id("f"), "live")).toEqual(configOf("f", { "1": 2, "2": 1 }));
    expect(await store.get(id("f"), "1")).toBeUndefined();
    expect(await store.list(id("f"))).toEqual([
      ["3", configOf("f", { "3": 4 })],
      ["live", configOf("f", { "1": 2, "2": 1 })],
    ]);
    expect([await store.delete(id("f"), "live"), await store.delete(id("f"), "live")]).toEqual([true, false]);
    expect((await store.list(id("f"))).map(([qualifier]) => qualifier)).toEqual(["3"]);
  });

  test("is in the table beside the reservations, which grows newer with every change of either", async () => {
    const generations: number[] = [];
    const table = async (): Promise<unknown> => {
      const { generation, ...rest } = await reservations.table();
      generations.push(generation);
      return rest;
    };
    expect(await table()).toEqual({ functions: {} });
    await put("f", "live", { "1": 2 });
    const { id: configId, environments } = configOf("f", { "1": 2 });
    const target = { functionArn: `${ARN}f`, qualifier: "live", id: configId, environments };
    expect(await table()).toEqual({ functions: {}, provisioned: [target] });
    await reserve("f", 3);
    expect(await table()).toEqual({ functions: { [`${ARN}f`]: 3 }, provisioned: [target] });
    await store.replace(id("f"), "live", { expectedId: "id-1", config: configOf("f", { "2": 2 }, "id-2") });
    expect(await table()).toMatchObject({ provisioned: [{ id: "id-2" }] });
    await store.delete(id("f"), "live");
    expect(await table()).toEqual({ functions: { [`${ARN}f`]: 3 } });
    expect(generations).toEqual([...new Set(generations)].sort((one, other) => one - other));
  });

  test("is replaced or deleted only while it is the one that was read", async () => {
    await put("f", "live", { "1": 2 });
    const config = configOf("f", { "2": 2 }, "id-2");
    expect(await store.replace(id("f"), "live", { expectedId: "other", config })).toBe(false);
    expect(await store.replace(id("f"), "live", { expectedId: "id-1", config })).toBe(true);
    expect(await store.get(id("f"), "live")).toEqual(config);
    expect([await store.delete(id("f"), "live", "id-1"), await store.delete(id("f"), "live", "id-2")]).toEqual([false, true]);
    expect(await store.replace(id("f"), "live", { expectedId: "id-2", config })).toBe(false);
  });

  test("of a function that does not exist is not stored", async () => {
    expect(await put("missing", "1", { "1": 1 })).toEqual({ kind: "gone" });
    expect(await reservations.table()).toEqual({ generation: 0, functions: {} });
  });

  test("leaves the account its floor, and counts what it replaces only once", async () => {
    expect(await put("f", "1", { "1": 1_001 })).toEqual({ kind: "over-account", unreserved: 1_000 });
    expect(await put("f", "1", { "1": 901 })).toEqual({ kind: "below-floor" });
    expect(await put("f", "1", { "1": 900 })).toEqual(changed);
    expect(await put("f", "1", { "1": 899 })).toEqual(changed);
    expect(await put("f", "2", { "2": 2 })).toEqual({ kind: "below-floor" });
    expect(await put("ff", "1", { "1": 102 })).toEqual({ kind: "over-account", unreserved: 101 });
    expect(await put("ff", "1", { "1": 1 })).toEqual(changed);
    expect(await reservations.claimed(scope)).toBe(900);
    expect(await reserve("ff", 2)).toEqual({ kind: "over" });
    expect(await reserve("ff", 1)).toEqual(changed);
  });

  test("fits into what its function reserved, and then costs the account nothing more", async () => {
    await reserve("f", 5);
    expect(await put("f", "1", { "1": 6 })).toEqual({ kind: "over-reserved" });
    expect([await put("f", "1", { "1": 3 }), await put("f", "live", { "2": 2 })]).toEqual([changed, changed]);
    expect(await put("f", "3", { "3": 1 })).toEqual({ kind: "over-reserved" });
    expect(await reservations.claimed(scope)).toBe(5);
    expect(await reserve("f", 4)).toEqual({ kind: "below-provisioned", provisioned: 5 });
    expect(await reserve("f", 0)).toEqual({ kind: "below-provisioned", provisioned: 5 });
    expect(await reserve("ff", 1)).toEqual(changed);
    await reservations.delete(id("f"));
    expect(await reservations.claimed(scope)).toBe(6);
  });

  test("is for a version or for an alias of it, not for both", async () => {
    await put("f", "1", { "1": 1 });
    expect(await put("f", "live", { "1": 1 })).toEqual({ kind: "version-provisioned" });
    expect(await put("f", "live", { "11": 1, "1": 1 })).toEqual({ kind: "version-provisioned" });
    expect(await put("f", "live", { "11": 1, "2": 1 })).toEqual(changed);
    for (const version of ["2", "11"]) expect(await put("f", version, { [version]: 1 })).toEqual({ kind: "alias-provisioned" });
    expect(await put("f", "111", { "111": 1 })).toEqual(changed);
    expect(await put("ff", "2", { "2": 1 })).toEqual(changed);
    expect(await put("f", "other", { "2": 1 })).toEqual(changed);
  });

  test("goes with its function, and not with one whose name begins alike", async () => {
    await put("f", "1", { "1": 1 });
    await put("ff", "1", { "1": 2 });
    const before = await reservations.table();
    await functions.delete(id("f"));
    expect(await reservations.table()).toMatchObject({ generation: before.generation + 1, provisioned: [{ functionArn: `${ARN}ff` }] });
  });

  test("of many who ask at the same time, no more get it than there is room for", async () => {
    const versions = Array.from({ length: 12 }, (_, n) => String(n + 1));
    const outcomes = await Promise.all(versions.map((version) => put(version.length > 1 ? "ff" : "f", version, { [version]: 100 })));
    expect(outcomes.filter(({ kind }) => kind === "changed")).toHaveLength(9);
    expect(await reservations.claimed(scope)).toBe(900);
  });

  test("whatever is asked in whatever order, the account keeps its floor and no function has more than it reserved", async () => {
    const name = fc.constantFrom("f", "ff");
    const number = fc.integer({ min: 1, max: 1_100 });
    const step = fc.oneof(
      fc.tuple(fc.constant("reserve" as const), name, number),
      fc.tuple(fc.constant("release" as const), name, number),
      fc.tuple(fc.constant("provision" as const), name, number),
      fc.tuple(fc.constant("drop" as const), name, number),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await fixture.client.del("lambdock:reserved-concurrency", "lambdock:provisioned-concurrency");
        for (const [kind, of, count] of steps) {
          const qualifier = String(1 + (count % 3));
          if (kind === "reserve") await reserve(of, count);
          if (kind === "release") await reservations.delete(id(of));
          if (kind === "provision") await put(of, qualifier, { [qualifier]: count });
          if (kind === "drop") await store.delete(id(of), qualifier);
          expect(await reservations.claimed(scope)).toBeLessThanOrEqual(900);
          const { functions: reserved, provisioned = [] } = await reservations.table();
          for (const [arn, most] of Object.entries(reserved)) {
            const own = provisioned.filter(({ functionArn }) => functionArn === arn).flatMap(({ environments }) => environments);
            expect(own.reduce((sum, environment) => sum + environment.count, 0)).toBeLessThanOrEqual(most);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
