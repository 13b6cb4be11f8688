import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createMappingStatusStore, type ReportedStatus } from "./mapping-statuses.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

(redisInstalled() ? describe : describe.skip)("statuses of mappings in Redis", () => {
  let redis: RedisFixture;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test("they are read as they were told, expire by themselves, and can be forgotten", async () => {
    const store = createMappingStatusStore(redis.client);
    const status = { batchesInFlight: 1, pollers: 5, poller: "p", at: 1 };
    await store.write(
      new Map<string, ReportedStatus>([
        ["a", status],
        ["b", { ...status, lastResult: "OK" }],
      ]),
    );
    expect(await store.read(["b", "none", "a"])).toEqual(
      new Map<string, ReportedStatus>([
        ["b", { ...status, lastResult: "OK" }],
        ["a", status],
      ]),
    );
    expect(await redis.client.pttl("lambdock:poller:status:a")).toBeGreaterThan(1_000);
    await store.forget("a");
    expect(await store.read(["a"])).toEqual(new Map());
    expect(await store.read([])).toEqual(new Map());
  });
});
