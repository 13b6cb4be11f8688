import { Redis, type RedisOptions } from "ioredis";
import type { Logger } from "@lambdock/kernel/logger";

/** A connection to Redis whose commands fail at once while Redis is away. */
export type RedisClient = Redis;

/** Redis does not answer: the message is one sentence with the cure. */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

export interface RedisSettings {
  /** `redis://[user:password@]host:port[/database]`, or `rediss://` for TLS. */
  readonly url: string;
  /** Name of the connection in `CLIENT LIST`. */
  readonly name: string;
  readonly logger: Logger;
}

/** Milliseconds after which a command without an answer fails. */
const COMMAND_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_DELAY_MS_MAX = 1_000;

const FAIL_FAST = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  commandTimeout: COMMAND_TIMEOUT_MS,
  // Neither wait for a connection nor repeat what was under way when it broke: the caller decides.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // Both would keep timers, and so the process, alive for seconds after a failed connection.
  disableClientInfo: true,
  disconnectTimeout: 200,
  retryStrategy: (attempt: number) => Math.min(50 * attempt, RECONNECT_DELAY_MS_MAX),
} as const satisfies RedisOptions;

/**
 * Connects; rejects with {@link RedisUnavailable} when that fails. Afterwards a lost connection is
 * re-established in the background, and commands fail fast meanwhile.
 */
export async function openRedis(settings: RedisSettings): Promise<RedisClient> {
  const redis = new Redis(settings.url, { ...FAIL_FAST, connectionName: settings.name });
  let connected = false;
  let lastError: unknown;
  redis.on("error", (error) => {
    if (connected) settings.logger.warn("redis connection lost, trying again", { url: shownUrl(settings.url), cause: error });
    connected = false;
    lastError = error;
  });
  redis.on("ready", () => (connected = true));
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw unavailable(settings.url, lastError ?? error);
  }
  return redis;
}

/** A second connection of the same kind for subscriptions, which waits for Redis instead of failing. */
export function openSubscriber(redis: RedisClient): RedisClient {
  const subscriber = redis.duplicate({
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
    lazyConnect: true,
  });
  // The first connection reports the loss; an unheard "error" event would end the process.
  subscriber.on("error", () => undefined);
  return subscriber;
}

/** A connection for workers that block and wait: nothing fails for want of Redis, everything goes on when it is back. */
export function openWorkerConnection(redis: RedisClient): RedisClient {
  const worker = redis.duplicate({
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
    autoResendUnfulfilledCommands: true,
    lazyConnect: false,
  });
  worker.on("error", () => undefined);
  writeOncePerTurn(worker);
  return worker;
}

/**
 * Commands of one turn of the event loop go out in one write instead of one each: a worker with
 * many items under way sends dozens at a time. Order and answers stay as they are, and nothing waits longer
 * than for the turn to end.
 */
function writeOncePerTurn(redis: RedisClient): void {
  redis.on("connect", () => {
    const { stream } = redis;
    const write = stream.write.bind(stream) as (...chunk: readonly unknown[]) => boolean;
    let corked = false;
    const uncork = (): void => {
      corked = false;
      stream.uncork();
    };
    stream.write = ((...chunk: readonly unknown[]) => {
      if (!corked) {
        corked = true;
        stream.cork();
        setImmediate(uncork);
      }
      return write(...chunk);
    }) as typeof stream.write;
  });
}

/**
 * Tells whether an error thrown by a store means that Redis is away; then it is
 * {@link RedisUnavailable} with the cure. Anything else is `undefined`: a bug, or another failure.
 */
export function redisFailure(error: unknown, redis: RedisClient): RedisUnavailable | undefined {
  if (error instanceof RedisUnavailable) return error;
  if (!isConnectionError(error)) return undefined;
  const { host = "127.0.0.1", port = 6379 } = redis.options;
  return unavailable(`redis://${host}:${port}`, error);
}

/** Resolves when Redis answers; rejects with {@link RedisUnavailable} while it is away. */
export async function requireRedis(redis: RedisClient): Promise<void> {
  try {
    await redis.ping();
  } catch (error) {
    throw redisFailure(error, redis) ?? error;
  }
}

const CONNECTION_CODES = ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EPIPE", "EHOSTUNREACH", "ENETUNREACH"];
const CONNECTION_SENTENCES = [
  "Stream isn't writeable",
  "Connection is closed",
  "Command timed out",
  "max retries per request",
  "connect ETIMEDOUT",
  "Command aborted",
];
/** Server replies that mean "not now", such as while it loads its file or is out of disk. */
const NOT_NOW_REPLIES = ["LOADING", "READONLY", "MISCONF", "MASTERDOWN", "NOAUTH"];

function isConnectionError(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  if (typeof code === "string" && CONNECTION_CODES.includes(code)) return true;
  const message = messageOf(error);
  if (CONNECTION_SENTENCES.some((sentence) => message.includes(sentence))) return true;
  return NOT_NOW_REPLIES.some((reply) => message.startsWith(reply));
}

function unavailable(url: string, cause: unknown): RedisUnavailable {
  return new RedisUnavailable(
    `Redis at ${shownUrl(url)} does not answer (${messageOf(cause)}): start it, or set REDIS_URL to one that runs.`,
    { cause },
  );
}

function messageOf(error: unknown): string {
  const message = (error as { readonly message?: unknown } | undefined)?.message;
  return typeof message === "string" && message !== "" ? message : String(error);
}

/** The URL without its password. */
function shownUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}
