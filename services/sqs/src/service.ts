/**
 * Amazon SQS: all 23 actions on Redis. Every process that is given the same Redis serves the same
 * queues; what a process keeps for itself is who waits at its own doors.
 */
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { Service } from "@lambdock/kernel/service";
import { openSubscriber, redisFailure, type RedisClient } from "@lambdock/store/redis";
import type { SqsConfig } from "./config.ts";
import { createHandler, type SqsHandler } from "./http/handler.ts";
import { startMoveWorker, type MoveWorker } from "./move-worker.ts";
import { createAttributeOperations } from "./operations/attributes.ts";
import type { Operation } from "./operations/call.ts";
import { createMoveOperations } from "./operations/moves.ts";
import { createPermissionOperations } from "./operations/permissions.ts";
import { createQueueOperations } from "./operations/queues.ts";
import { createReceiptOperations } from "./operations/receipts.ts";
import { createReceiveOperation } from "./operations/receive.ts";
import { createSendOperations } from "./operations/send.ts";
import { createTagOperations } from "./operations/tags.ts";
import { wakeChannel } from "./sqs-keys.ts";
import { createMessageStore } from "./store/message-store.ts";
import { createMoveStore } from "./store/move-store.ts";
import { createQueueStore } from "./store/queue-store.ts";
import { createWaitingLines, type WaitingLines } from "./waiting-lines.ts";

export interface SqsDependencies {
  readonly redis: RedisClient;
  readonly logger: Logger;
  readonly timers: Timers;
  readonly config: SqsConfig;
  /** Messages of one queue that may be in flight; AWS's limit when absent. */
  readonly inFlightMax?: number;
}

/** SQS in this process. */
export interface Sqs extends Service {
  /** Answers one request, signed service `sqs` or target `AmazonSQS`; never rejects. */
  readonly handle: SqsHandler;
  /** ReceiveMessage requests that wait here. */
  readonly waiting: number;
}

/** Messages in flight per queue [docs]. */
const IN_FLIGHT_MAX = 120_000;

/** Builds SQS; `start` connects what wakes waiting receivers. */
export function createSqs(deps: SqsDependencies): Sqs {
  const { redis, logger, timers } = deps;
  const now = (): number => Math.floor(timers.now());
  const lines = createWaitingLines(timers);
  const moves = createMoveStore(redis);
  let worker: MoveWorker | undefined;
  let subscriber: RedisClient | undefined;
  const operations = createOperations(deps, { lines, now, moves, onMoveStart: () => worker?.kick() });
  return {
    handle: createHandler({ operations, now, logger, explain: (error) => redisFailure(error, redis)?.message }),
    get waiting() {
      return lines.waiting;
    },
    async start() {
      subscriber = await subscribe(redis, lines);
      worker = startMoveWorker({ moves, timers, logger });
    },
    async stop() {
      lines.close();
      await worker?.stop();
      subscriber?.disconnect();
    },
  };
}

interface Parts {
  readonly lines: WaitingLines;
  readonly now: () => number;
  readonly moves: ReturnType<typeof createMoveStore>;
  readonly onMoveStart: () => void;
}

function createOperations(
  { redis, logger, config, inFlightMax = IN_FLIGHT_MAX }: SqsDependencies,
  { lines, now, moves, onMoveStart }: Parts,
): Readonly<Record<string, Operation>> {
  const queues = createQueueStore(redis);
  const messages = createMessageStore(redis, inFlightMax);
  return {
    ...createQueueOperations({ queues, logger, nameReservedMs: 1_000 * config.nameReservedSeconds }),
    ...createAttributeOperations({ queues, logger }),
    ...createTagOperations({ queues }),
    ...createPermissionOperations({ queues, logger }),
    ...createSendOperations({ messages }),
    ...createReceiptOperations({ messages }),
    ...createMoveOperations({ queues, moves, onStart: onMoveStart }),
    ReceiveMessage: createReceiveOperation({ messages, lines, now, logger }),
  };
}

/** Hears of new messages on a connection of its own; after a gap everybody looks again. */
async function subscribe(redis: RedisClient, lines: WaitingLines): Promise<RedisClient> {
  const subscriber = openSubscriber(redis);
  subscriber.on("message", (_channel, key) => lines.wake(key));
  await subscriber.connect();
  await subscriber.subscribe(wakeChannel);
  subscriber.on("ready", () => lines.wake(undefined));
  return subscriber;
}
