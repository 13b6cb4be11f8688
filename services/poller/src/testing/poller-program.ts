/** A poller of its own, for tests that kill it: the function prints what it is handed. Arguments: the URLs of Redis and of SQS. */
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis } from "@lambdock/store/redis";
import { createTestPoller } from "./test-poller.ts";
import { answered } from "./recording-executor.ts";

const [redisUrl = "", sqsUrl = ""] = process.argv.slice(2);
const redis = await openRedis({ url: redisUrl, name: "poller", logger: createLogger("poller", "silent") });
const { poller, executor } = createTestPoller(redis, sqsUrl);
executor.answer(({ bodies }) => {
  process.stdout.write(`${bodies.join("\n")}\n`);
  return answered(null);
});
await poller.start();
