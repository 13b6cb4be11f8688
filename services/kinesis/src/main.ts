import { serveFront } from "@lambdock/backend/front-server";
import { systemTimers } from "@lambdock/kernel/clock";
import { ConfigurationError } from "@lambdock/kernel/config";
import { createLogger } from "@lambdock/kernel/logger";
import { kinesisConfig } from "./config.ts";
import { createKinesis } from "./service.ts";

/** The Kinesis service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<void> {
  const config = kinesisConfig();
  const logger = createLogger("kinesis", config.logLevel);
  const kinesis = createKinesis({ ...config, logger, timers: systemTimers });
  const server = await serveFront(kinesis.handle, config);
  logger.info("started", { address: server.address });

  const stop = async (signal: string): Promise<void> => {
    logger.info("stopping", { signal });
    await server.close(config.stopSeconds * 1_000);
    await kinesis.stop(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop(signal).then(() => process.exit(0)));
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof ConfigurationError ? "Kinesis's configuration is wrong:\n" : ""}${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
