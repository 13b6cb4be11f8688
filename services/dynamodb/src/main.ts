import { serveFront } from "@lambdock/backend/front-server";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { createStopList } from "@lambdock/kernel/stop-list";
import { dynamoDbConfig } from "./config.ts";
import { createDynamoDb } from "./service.ts";

/** The DynamoDB service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = dynamoDbConfig();
  const logger = createLogger("dynamodb", config.logLevel);
  const stops = createStopList(logger);
  const dynamoDb = createDynamoDb({ ...config, logger });
  stops.add("dynamodb", () => dynamoDb.stop(0));
  const server = await serveFront(dynamoDb.handle, config);
  stops.add("server", (deadlineMs) => server.close(deadlineMs));
  logger.info("started", { address: server.address });
  return { logger, stops, stopSeconds: config.stopSeconds };
}

runProcess("DynamoDB's", main);
