import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createEventInvokeConfigStore, type EventInvokeConfig, type EventInvokeConfigStore } from "./event-invoke-configs.ts";
import { createFunctionStore } from "./functions.ts";
import { recordOf } from "./testing/records.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

const id = { accountId: "111122223333", region: "us-east-1", name: "f" };

function config(changes: Partial<EventInvokeConfig> = {}): EventInvokeConfig {
  return { LastModified: 1.5, DestinationConfig: { OnSuccess: {}, OnFailure: {} }, ...changes };
}

(redisInstalled() ? describe : describe.skip)("event invoke configs in Redis", () => {
  let fixture: RedisFixture;
  let configs: EventInvokeConfigStore;
  beforeAll(async () => {
    fixture = await startRedis();
    configs = createEventInvokeConfigStore(fixture.client);
  });
  beforeEach(async () => {
    await fixture.client.flushall();
    await createFunctionStore(fixture.client).create(recordOf(), {});
  });
  afterAll(() => fixture.stop());

  test("each qualifier has a config of its own, listed in the order of qualifiers", async () => {
    for (const qualifier of ["live", "10", "$LATEST"])
      await configs.update(id, qualifier, () => config({ MaximumRetryAttempts: qualifier.length % 3 }));
    expect(await configs.get(id, "live")).toEqual(config({ MaximumRetryAttempts: 1 }));
    expect(await configs.get(id, "other")).toBeUndefined();
    expect((await configs.list(id)).map(([qualifier]) => qualifier)).toEqual(["$LATEST", "10", "live"]);
    expect([await configs.delete(id, "10"), await configs.delete(id, "10")]).toEqual([true, false]);
    expect((await configs.list(id)).map(([qualifier]) => qualifier)).toEqual(["$LATEST", "live"]);
  });

  test("changes made at the same time are all kept", async () => {
    const count = (before: EventInvokeConfig | undefined): EventInvokeConfig =>
      config({ MaximumEventAgeInSeconds: (before?.MaximumEventAgeInSeconds ?? 0) + 1 });
    await Promise.all(Array.from({ length: 20 }, () => configs.update(id, "$LATEST", count)));
    expect((await configs.get(id, "$LATEST"))?.MaximumEventAgeInSeconds).toBe(20);
  });

  test("a refused change leaves everything as it was", async () => {
    await expect(
      configs.update(id, "$LATEST", () => {
        throw new Error("refused");
      }),
    ).rejects.toThrow("refused");
    expect(await configs.list(id)).toEqual([]);
  });

  test("a function that is gone takes none, and takes those it had with it", async () => {
    const functions = createFunctionStore(fixture.client);
    await configs.update(id, "$LATEST", () => config());
    await functions.delete(id);
    expect(await configs.list(id)).toEqual([]);
    expect(await configs.update(id, "$LATEST", () => config())).toBe("gone");
    await functions.create(recordOf(), {});
    expect(await configs.get(id, "$LATEST")).toBeUndefined();
  });
});
