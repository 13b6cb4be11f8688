import { serveFront } from "@lambdock/backend/front-server";
import { ConfigurationError } from "@lambdock/kernel/config";
import { createLogger } from "@lambdock/kernel/logger";
import { dynamoDbConfig } from "./config.ts";
import { createDynamoDb } from "./service.ts";

/** The DynamoDB service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<void> {
  const config = dynamoDbConfig();
  const logger = createLogger("dynamodb", config.logLevel);
  const dynamoDb = createDynamoDb({ ...config, logger });
  const server = await serveFront(dynamoDb.handle, config);
  logger.info("started", { address: server.address });

  const stop = async (signal: string): Promise<void> => {
    logger.info("stopping", { signal });
    await server.close(config.stopSeconds * 1_000);
    await dynamoDb.stop(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop(signal).then(() => process.exit(0)));
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof ConfigurationError ? "DynamoDB's configuration is wrong:\n" : ""}${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
