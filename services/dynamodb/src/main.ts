import { serveFront } from "@lambdock/backend/front-server";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { dynamoDbConfig } from "./config.ts";
import { createDynamoDb } from "./service.ts";

/** The DynamoDB service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = dynamoDbConfig();
  const logger = createLogger("dynamodb", config.logLevel);
  const dynamoDb = createDynamoDb({ ...config, logger });
  const server = await serveFront(dynamoDb.handle, config);
  logger.info("started", { address: server.address });

  const stop = async (): Promise<void> => {
    await server.close(config.stopSeconds * 1_000);
    await dynamoDb.stop(0);
  };
  return { logger, stop };
}

runProcess("DynamoDB's", main);
