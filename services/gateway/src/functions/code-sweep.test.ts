import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createCodeStore, type CodeStore } from "@lambdock/code-store/code-store";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { createCodeUsage, type CodeUsage } from "@lambdock/store/code-usage";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { storeZip } from "./code-intake.ts";
import { sweepUnusedCode } from "./code-sweep.ts";
import { zipOf } from "./testing/control-plane-fixture.ts";

(redisInstalled() ? describe : describe.skip)("the sweep for unused code", () => {
  let redis: RedisFixture;
  let directory: string;
  let zips: CodeStore;
  let usage: CodeUsage;
  const logger = createLogger("gateway", "debug", {}, () => undefined);
  beforeAll(async () => {
    redis = await startRedis();
    directory = await mkdtemp(join(tmpdir(), "lambdock-code-sweep-"));
  });
  beforeEach(() => {
    zips = createCodeStore({ directory });
    usage = createCodeUsage(redis.client);
  });
  afterAll(async () => {
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const sweep = (parts: { zips?: CodeStore; usage?: CodeUsage } = {}): Promise<void> =>
    sweepUnusedCode({ zips, usage, clock: systemTimers, logger, ...parts });
  const upload = async (text: string, user: string): Promise<string> =>
    (await storeZip({ zips, usage, newId: () => "" }, { bytes: await zipOf(text), inline: true }, user)).Sha256Hex;
  const unusedZip = async (text: string): Promise<string> => {
    const sha = await upload(text, "old");
    await usage.release("old", [sha], 0);
    return sha;
  };

  test("leaves code that is uploaded again while it runs", async () => {
    const listed = await unusedZip("again");
    const late: CodeUsage = {
      ...usage,
      async unused(before) {
        const zipsNow = await usage.unused(before);
        expect(await upload("again", "new")).toBe(listed);
        return zipsNow;
      },
    };
    await sweep({ usage: late });
    expect(await zips.has(listed)).toBe(true);
    await usage.release("new", [listed], 0);
    await sweep();
    expect(await zips.has(listed)).toBe(false);
  });

  test("lets code that is uploaded while it is being removed be stored anew", async () => {
    const sha = await unusedZip("meanwhile");
    const removing: CodeStore = {
      ...zips,
      remove: (zip, confirm = () => Promise.resolve(true)) =>
        zips.remove(zip, async () => {
          const gone = await confirm();
          await upload("meanwhile", "new");
          return gone;
        }),
    };
    await sweep({ zips: removing });
    expect(await zips.has(sha)).toBe(true);
    expect(await usage.unused(Date.now())).toEqual([]);
  });

  test("takes up what one that was killed had begun", async () => {
    const sha = await unusedZip("killed");
    await sweep({ zips: { ...zips, remove: () => Promise.reject(new Error("killed")) } });
    expect(await usage.unused(0)).toEqual([sha]);
    await sweep();
    expect([await zips.has(sha), await usage.unused(0)]).toEqual([false, []]);
  });
});
