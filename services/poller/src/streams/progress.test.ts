import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { createCheckpointStore, type CheckpointStore } from "../checkpoints.ts";
import { leaseKey, type LeaseToken } from "../leases/lease-token.ts";
import { createProgress, type Progress } from "./progress.ts";

const FROM = { from: { kind: "trim-horizon" } } as const;

(redisInstalled() ? describe : describe.skip)("a mapping's progress", () => {
  let redis: RedisFixture;
  let count = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  const create = async (
    wrap: (store: CheckpointStore) => CheckpointStore = (store) => store,
  ): Promise<{ readonly progress: Progress; readonly again: () => Progress; readonly uuid: string; readonly lost: () => boolean }> => {
    const uuid = `m${(count += 1)}`;
    const lease = "mine" as LeaseToken;
    await redis.client.set(leaseKey(uuid), lease);
    let lost = false;
    const make = (store: CheckpointStore): Progress =>
      createProgress({
        uuid,
        checkpoints: store,
        lease,
        onLeaseLost: () => (lost = true),
        timers: systemTimers,
        logger: createLogger("test", "silent"),
      });
    const store = createCheckpointStore(redis.client);
    return { progress: make(wrap(store)), again: () => make(store), uuid, lost: () => lost };
  };

  test("what is set is stored and found again; what is removed is gone", async () => {
    const { progress, again } = await create();
    progress.set("a", { ...FROM, sequenceNumber: "1" });
    progress.set("b", { ...FROM, done: true });
    await progress.stored();
    progress.remove("b");
    progress.set("a", { ...FROM, sequenceNumber: "2", window: { start: 0, state: "{}" } });
    expect(await progress.stored()).toBe(true);
    const next = again();
    await next.load();
    expect([...next.shards]).toEqual([["a", { ...FROM, sequenceNumber: "2", window: { start: 0, state: "{}" } }]]);
  });

  test("what is set while a write is under way goes with the next, and many sets make few writes", async () => {
    let writes = 0;
    const { progress, again } = await create((store) => ({
      ...store,
      write: (...args) => {
        writes += 1;
        return store.write(...args);
      },
    }));
    for (let number = 1; number <= 1_000; number += 1) progress.set("a", { ...FROM, sequenceNumber: String(number) });
    const first = progress.stored();
    await Promise.resolve();
    progress.set("a", { ...FROM, sequenceNumber: "last" });
    await first;
    await progress.stored();
    expect(writes).toBeLessThanOrEqual(2);
    const next = again();
    await next.load();
    expect(next.shards.get("a")?.sequenceNumber).toBe("last");
  });

  test("nobody is told that it is stored before it is, however often the store fails", async () => {
    let failures = 3;
    const { progress, again } = await create((store) => ({
      ...store,
      async write(...args) {
        failures -= 1;
        if (failures >= 0) throw new Error("connection lost");
        await store.write(...args);
      },
    }));
    progress.set("a", { ...FROM, sequenceNumber: "7" });
    expect(await progress.stored()).toBe(true);
    expect(failures).toBe(-1);
    const next = again();
    await next.load();
    expect(next.shards.get("a")?.sequenceNumber).toBe("7");
  });

  test("a lost lease ends it: nothing is stored, and who waits is told so", async () => {
    const { progress, again, uuid, lost } = await create();
    progress.set("a", { ...FROM, sequenceNumber: "1" });
    await progress.stored();
    await redis.client.set(leaseKey(uuid), "another's");
    progress.set("a", { ...FROM, sequenceNumber: "2" });
    expect(await progress.stored()).toBe(false);
    expect(lost()).toBe(true);
    expect(await progress.stored()).toBe(false);
    const next = again();
    await next.load();
    expect(next.shards.get("a")?.sequenceNumber).toBe("1");
  });
});
