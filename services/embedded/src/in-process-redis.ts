import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createRedisMock } from "js-redis-server";
import type { Logger } from "@lambdock/kernel/logger";
import { openRedis } from "@lambdock/store/redis";
import { loadSnapshot, saveSnapshot } from "@lambdock/store/snapshot";
import type { OwnRedis } from "./private-redis.ts";

const SAVE_EVERY_MS = 30_000;

/**
 * The npm package `js-redis-server` in this process, for a machine without the program
 * `redis-server`. It has no disk, so a snapshot is written on stop and every half minute: a killed
 * process loses at most what came after.
 */
export async function startInProcessRedis(directory: string, logger: Logger): Promise<OwnRedis> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, "snapshot.jsonl");
  const server = await createRedisMock({ compatibility: "redis-7.2" });
  const client = await openRedis({ url: server.url, name: "snapshot", logger });
  await loadSnapshot(client, file);
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving
      .then(() => saveSnapshot(client, file))
      .catch((error: unknown) =>
        logger.error("functions could not be saved: make room, or make the data directory writable", { file, error }),
      );
    return saving;
  };
  const timer = setInterval(() => void save(), SAVE_EVERY_MS).unref();
  return {
    url: server.url,
    description: `js-redis-server in this process, saved to ${file} every ${SAVE_EVERY_MS / 1_000} s and on stop (install redis-server for a lasting one)`,
    async stop() {
      clearInterval(timer);
      await save();
      client.disconnect();
      await server.close();
    },
  };
}
