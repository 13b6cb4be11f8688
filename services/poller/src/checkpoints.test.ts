import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { createCheckpointStore } from "./checkpoints.ts";
import { LeaseLost, leaseKey, type LeaseToken } from "./leases/lease-token.ts";
import { createLeases } from "./leases/leases.ts";

(redisInstalled() ? describe : describe.skip)("leases and checkpoints", () => {
  let redis: RedisFixture;
  beforeAll(async () => {
    redis = await startRedis();
  });
  beforeEach(() => redis.client.flushall());
  afterAll(() => redis.stop());

  test("fields are set and removed in one step, and read as they were written", async () => {
    const checkpoints = createCheckpointStore(redis.client);
    const token = (await createLeases(redis.client, "a").acquire("m"))!;
    expect(await checkpoints.read("m")).toEqual({});
    await checkpoints.write("m", token, { s1: "1", s2: "2", gone: "x" });
    await checkpoints.write("m", token, { s1: "3" }, ["gone", "never"]);
    expect(await checkpoints.read("m")).toEqual({ s1: "3", s2: "2" });
    await checkpoints.clear("m", token);
    expect(await checkpoints.read("m")).toEqual({});
  });

  test("a write with a token that is not the lease's is refused and changes nothing", async () => {
    const checkpoints = createCheckpointStore(redis.client);
    const leases = createLeases(redis.client, "a");
    const old = (await leases.acquire("m"))!;
    await checkpoints.write("m", old, { s: "1" });
    await expect(checkpoints.write("m", "made up" as LeaseToken, { s: "2" })).rejects.toThrow(LeaseLost);
    await redis.client.del(leaseKey("m"));
    await expect(checkpoints.write("m", old, { s: "2" })).rejects.toThrow(LeaseLost);
    // Even the same poller's next lease is another one.
    const next = (await leases.acquire("m"))!;
    await expect(checkpoints.clear("m", old)).rejects.toThrow(LeaseLost);
    await checkpoints.write("m", next, { s: "4" });
    expect(await checkpoints.read("m")).toEqual({ s: "4" });
  });

  test("one poller at a time holds a lease; it is free when it is released or not renewed", async () => {
    const [one, two] = [createLeases(redis.client, "one"), createLeases(redis.client, "two")];
    const taken = await Promise.all([one.acquire("m"), two.acquire("m")]);
    expect(taken.filter((token) => token !== undefined)).toHaveLength(1);
    const token = taken.find((each) => each !== undefined)!;
    await two.release("m", "another's" as LeaseToken);
    expect(await redis.client.get(leaseKey("m"))).toBe(token);
    await one.release("m", token);
    expect(await two.acquire("m")).toBeDefined();
    expect(await redis.client.pttl(leaseKey("m"))).toBeGreaterThan(4_000);
  });

  test("renewing tells which leases are lost, and renews the others", async () => {
    const leases = createLeases(redis.client, "one");
    const held = new Map([
      ["a", (await leases.acquire("a"))!],
      ["b", (await leases.acquire("b"))!],
    ]);
    await redis.client.set(leaseKey("b"), "another's");
    await redis.client.pexpire(leaseKey("a"), 100);
    expect(await leases.renew(held)).toEqual(["b"]);
    expect(await redis.client.pttl(leaseKey("a"))).toBeGreaterThan(4_000);
    expect(await leases.renew(new Map())).toEqual([]);
  });

  test("pollers know each other until one leaves or falls silent", async () => {
    const [one, two] = [createLeases(redis.client, "one"), createLeases(redis.client, "two")];
    expect(await one.heartbeat()).toEqual(["one"]);
    expect(await two.heartbeat()).toEqual(["one", "two"]);
    await one.leave();
    expect(await two.heartbeat()).toEqual(["two"]);
    await one.heartbeat();
    await redis.client.del("lambdock:poller:alive:one");
    expect(await two.heartbeat()).toEqual(["two"]);
    expect(await redis.client.smembers("lambdock:poller:pollers")).toEqual(["two"]);
  });
});
