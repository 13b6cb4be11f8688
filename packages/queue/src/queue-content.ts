import type { RedisClient } from "@lambdock/store/redis";
import { PREFIX } from "./queue-names.ts";

/** What a queue holds: items that somebody has to work on, now or later; dead ones only; or nothing. */
export type QueueContent = "work" | "dead" | "nothing";

/** The content of each of these queues, in their order. */
export async function contentsOf(redis: RedisClient, names: readonly string[]): Promise<readonly QueueContent[]> {
  const pipeline = redis.pipeline();
  for (const name of names) {
    const key = `${PREFIX}:${name}`;
    pipeline.exists(`${key}:wait`, `${key}:active`, `${key}:delayed`).exists(`${key}:failed`);
  }
  const answers = (await pipeline.exec()) ?? [];
  return names.map((_name, index) => {
    const [[workError, work] = [null], [deadError, dead] = [null]] = answers.slice(2 * index);
    if (workError !== null) throw workError;
    if (deadError !== null) throw deadError;
    if (work !== 0) return "work";
    return dead === 0 ? "nothing" : "dead";
  });
}
