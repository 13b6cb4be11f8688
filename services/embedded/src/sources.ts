import { createDynamoDb } from "@lambdock/dynamodb/service";
import { connectSources, type SourceServices } from "@lambdock/gateway/http/source-services";
import { systemTimers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { StopList } from "@lambdock/kernel/stop-list";
import { createKinesis } from "@lambdock/kinesis/service";
import { createSqs } from "@lambdock/sqs/service";
import type { RedisClient } from "@lambdock/store/redis";
import type { EmbeddedConfig } from "./config.ts";

/** The services beside Lambda: those that a setting has elsewhere, and for the others our own; Kinesis and DynamoDB start when they are first used. */
export async function startSources(
  parts: { readonly config: EmbeddedConfig; readonly logger: Logger; readonly stops: StopList },
  redis: RedisClient,
): Promise<SourceServices> {
  const { config, logger, stops } = parts;
  const elsewhere = connectSources(config);
  stops.add("sources elsewhere", () => elsewhere.close());
  const { sqs, kinesis, dynamodb } = elsewhere.services;
  return {
    sqs: sqs ?? (await ownSqs(parts, redis)),
    kinesis: kinesis ?? own("kinesis", createKinesis({ ...config, logger, timers: systemTimers }), stops),
    dynamodb: dynamodb ?? own("dynamodb", createDynamoDb({ ...config, logger }), stops),
  };
}

async function ownSqs(
  { config, logger, stops }: { readonly config: EmbeddedConfig; readonly logger: Logger; readonly stops: StopList },
  redis: RedisClient,
): Promise<NonNullable<SourceServices["sqs"]>> {
  const sqs = createSqs({ redis, logger, timers: systemTimers, config });
  await sqs.start();
  stops.add("sqs", (deadlineMs) => sqs.stop(deadlineMs));
  return sqs.handle;
}

function own(name: string, backend: ReturnType<typeof createKinesis>, stops: StopList): ReturnType<typeof createKinesis>["handle"] {
  stops.add(name, (deadlineMs) => backend.stop(deadlineMs));
  return backend.handle;
}
