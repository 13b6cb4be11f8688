/** The product's lifecycle stream, from now on. */
import { LIFECYCLE_STREAM, readLifecycle } from "@lambdock/store/lifecycle-stream";

/** Opens it; `events()` yields one event after the other until the time is over, `close()` ends the connection. */
export async function lifecycleFromNow(redis, withinMs) {
  const [last] = await redis.xrevrange(LIFECYCLE_STREAM, "+", "-", "COUNT", 1);
  const reader = redis.duplicate({ commandTimeout: undefined });
  await reader.connect();
  return {
    async *events() {
      for await (const { events } of readLifecycle(reader, last?.[0] ?? "0", AbortSignal.timeout(withinMs))) yield* events;
    },
    close: () => reader.disconnect(),
  };
}
