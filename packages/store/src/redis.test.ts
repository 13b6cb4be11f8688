import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis, redisFailure, RedisUnavailable, requireRedis } from "./redis.ts";
import { freePort, redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

const logger = createLogger("test", "silent");

test("an unreachable Redis is one sentence that names it and the cure, without the password", async () => {
  const port = await freePort();
  const opening = openRedis({ url: `redis://user:hidden@127.0.0.1:${port}`, name: "test", logger });
  await expect(opening).rejects.toThrow(RedisUnavailable);
  await expect(opening).rejects.toThrow(
    `Redis at redis://127.0.0.1:${port} does not answer (connect ECONNREFUSED 127.0.0.1:${port}): start it, or set REDIS_URL to one that runs.`,
  );
});

(redisInstalled() ? describe : describe.skip)("with a Redis that dies", () => {
  let fixture: RedisFixture;
  beforeAll(async () => {
    fixture = await startRedis();
  });
  afterAll(() => fixture.stop());

  test("commands fail at once while it is away, and work again when it is back", async () => {
    await fixture.client.set("k", "v");
    await fixture.kill();
    const began = performance.now();
    const error = await fixture.client.get("k").then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(redisFailure(error, fixture.client)?.message).toMatch(
      /^Redis at redis:\/\/127\.0\.0\.1:\d+ does not answer \(.+\): start it, or set REDIS_URL to one that runs\.$/,
    );
    await expect(requireRedis(fixture.client)).rejects.toThrow(RedisUnavailable);
    await fixture.revive();
    await new Promise((resolve) => fixture.client.once("ready", resolve));
    await requireRedis(fixture.client);
    expect(await fixture.client.set("k", "w")).toBe("OK");
  });

  test("an error reply of Redis is not mistaken for its absence", async () => {
    await fixture.client.set("text", "v");
    const error = await fixture.client.hget("text", "field").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(redisFailure(error, fixture.client)).toBeUndefined();
    expect(redisFailure(new TypeError("bug"), fixture.client)).toBeUndefined();
  });
});
