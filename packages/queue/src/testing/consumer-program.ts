/** A consumer of its own that never finishes an item, for tests that kill it. Arguments: the URL of Redis, and `save` to save progress first. */
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis } from "@lambdock/store/redis";
import { createEventConsumer } from "../event-consumer.ts";

const [url = "", mode] = process.argv.slice(2);
const logger = createLogger("consumer", "silent");
const redis = await openRedis({ url, name: "consumer", logger });
const consumer = createEventConsumer({
  redis,
  logger,
  initialConcurrency: 1,
  async work(item, save) {
    if (mode === "save" && item.stage === "run") {
      const ended = { event: { ...item.event, attempts: 1 }, condition: "Success", endedAt: 2_000 } as const;
      await save({ stage: "deliver", ended, targets: [{ kind: "destination", arn: "arn:d" }], tries: 0 });
    }
    process.stdout.write("working\n");
    return new Promise(() => undefined);
  },
});
await consumer.start();
