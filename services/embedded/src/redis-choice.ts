import { join } from "node:path";
import type { Logger } from "@lambdock/kernel/logger";
import type { EmbeddedConfig } from "./config.ts";
import { startInProcessRedis } from "./in-process-redis.ts";
import { redisServerInstalled, startPrivateRedis, type OwnRedis } from "./private-redis.ts";

/** The Redis of `npm start`: the given one, else a `redis-server` of our own, else one in this process. */
export async function chooseRedis(
  config: Pick<EmbeddedConfig, "redisUrl" | "dataDirectory" | "redisFsync">,
  logger: Logger,
): Promise<OwnRedis> {
  if (config.redisUrl !== "") {
    const { host } = new URL(config.redisUrl);
    return { url: config.redisUrl, description: `the one at ${host} (REDIS_URL)`, stop: () => Promise.resolve() };
  }
  const directory = join(config.dataDirectory, "redis");
  return redisServerInstalled()
    ? await startPrivateRedis(directory, logger, config.redisFsync)
    : await startInProcessRedis(directory, logger);
}
