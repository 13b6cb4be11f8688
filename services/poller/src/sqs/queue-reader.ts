import { backoffMs } from "@lambdock/polling/backoff";
import { MESSAGES_PER_RECEIVE } from "@lambdock/polling/sqs/receives";
import { visibilityWanted } from "@lambdock/polling/sqs/visibility";
import type { Timers } from "@lambdock/kernel/clock";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import type { ResolvedFunction } from "@lambdock/directory/function-directory";
import { obstacleOf } from "./invoke-batch.ts";
import { isQueueMissing, type QueueClient } from "./queue-client.ts";
import { queueMessage, type QueueMessage } from "./queue-message.ts";

export interface QueueReaderOptions {
  readonly client: QueueClient;
  readonly timers: Timers;
  readonly random: () => number;
  readonly timeScale: number;
  /** The mapping as it is now. */
  readonly mapping: () => EventSourceMapping;
  /** The function as it is now; nothing is taken from the queue that could not be run. */
  readonly target: () => ResolvedFunction | Promise<ResolvedFunction>;
  readonly onMessages: (messages: readonly QueueMessage[]) => void;
  /** Why nothing can be read now, as `PROBLEM: …`; `undefined` when reading works again. */
  readonly onTrouble: (problem: string | undefined) => void;
  /**
   * The queue's visibility timeout is less than the function's timeout; told once per pair. AWS refuses this when a
   * mapping is made or changed, but not when the function or the queue is changed later.
   */
  readonly onShortVisibility: (visibilitySeconds: number, timeoutSeconds: number) => void;
  /** A receive has ended: look again how many should be under way. */
  readonly onIdle: () => void;
}

/** Keeps long polls of one queue under way. */
export interface QueueReader {
  /** Begins receives until so many are under way; fewer while the queue can't be read. Those too many end by themselves. */
  setReceives(wanted: number): void;
  /** Ends all receives at once. */
  close(): void;
}

const RETRY = { firstMs: 200, mostMs: 5_000 };
/** For so long the queue's visibility timeout is remembered. */
const VISIBILITY_KNOWN_MS = 30_000;

/** Reads a queue; while that fails, one receive at a time tries again with growing delays. */
export function createQueueReader(options: QueueReaderOptions): QueueReader {
  return new LongPollReader(options);
}

class LongPollReader implements QueueReader {
  readonly #options: QueueReaderOptions;
  readonly #visibility: Visibility;
  #receiving = 0;
  #failures = 0;
  /** Cancels the pause after a failure. */
  #cancelPause: (() => void) | undefined;
  #closed = false;
  /** The pair of timeouts that was told last. */
  #told = "";

  constructor(options: QueueReaderOptions) {
    this.#options = options;
    this.#visibility = createVisibility(options);
  }

  setReceives(wanted: number): void {
    if (this.#closed || this.#cancelPause !== undefined) return;
    const most = this.#failures > 0 ? Math.min(1, wanted) : wanted;
    while (this.#receiving < most) void this.#begin();
  }

  close(): void {
    this.#closed = true;
    this.#cancelPause?.();
    this.#options.client.stopReceiving();
  }

  async #begin(): Promise<void> {
    this.#receiving += 1;
    try {
      const messages = await this.#receive();
      if (this.#failures > 0) this.#options.onTrouble(undefined);
      this.#failures = 0;
      this.#options.onMessages(messages);
    } catch (error) {
      if (!this.#closed) this.#fail(error);
    } finally {
      this.#receiving -= 1;
      if (!this.#closed) this.#options.onIdle();
    }
  }

  async #receive(): Promise<readonly QueueMessage[]> {
    const { client, timers, timeScale } = this.#options;
    const target = await this.#options.target();
    const queueMs = await this.#visibility.current();
    const { eventSourceArn, region, settings } = this.#options.mapping();
    const windowMs = (1_000 * settings.maximumBatchingWindowSeconds) / timeScale;
    const wanted = visibilityWanted({ queueMs, windowMs, timeoutMs: target.spec.timeoutMs });
    if (wanted === undefined) this.#compare(queueMs, target.spec.timeoutMs);
    const messages = await client.receive({
      most: Math.min(MESSAGES_PER_RECEIVE, settings.batchSize),
      ...(wanted === undefined ? {} : { visibilityMs: wanted }),
    });
    const facts = {
      queueArn: eventSourceArn,
      region: eventSourceArn.split(":")[3] ?? region,
      hasWindow: settings.maximumBatchingWindowSeconds > 0,
      visibleAt: timers.now() + (wanted ?? queueMs),
    };
    return messages.map((message) => queueMessage(message, facts));
  }

  #compare(queueMs: number, timeoutMs: number): void {
    const pair = queueMs < timeoutMs ? `${queueMs} ${timeoutMs}` : "";
    if (pair === this.#told) return;
    this.#told = pair;
    if (pair !== "") this.#options.onShortVisibility(queueMs / 1_000, timeoutMs / 1_000);
  }

  #fail(error: unknown): void {
    const { timers, random } = this.#options;
    this.#options.onTrouble(problemOf(error, this.#options.mapping().eventSourceArn));
    // Receives that were under way together fail together: that is one failure.
    if (this.#cancelPause !== undefined) return;
    this.#visibility.forget();
    this.#cancelPause = timers.after(backoffMs(this.#failures, RETRY, random()), () => {
      this.#cancelPause = undefined;
      this.#options.onIdle();
    });
    this.#failures += 1;
  }
}

interface Visibility {
  current(): number | Promise<number>;
  forget(): void;
}

/** The queue's visibility timeout, asked for now and then. */
function createVisibility({ client, timers }: QueueReaderOptions): Visibility {
  let known: { readonly ms: number; readonly at: number } | undefined;
  let asking: Promise<number> | undefined;
  const ask = (): Promise<number> => {
    asking ??= client
      .visibilityMs()
      .then((ms) => {
        known = { ms, at: timers.now() };
        return ms;
      })
      .finally(() => (asking = undefined));
    return asking;
  };
  return {
    current() {
      if (known === undefined) return ask();
      // An old value serves while a new one is on its way.
      if (timers.now() - known.at > VISIBILITY_KNOWN_MS) ask().catch(() => undefined);
      return known.ms;
    },
    forget() {
      known = undefined;
    },
  };
}

function problemOf(error: unknown, queueArn: string): string {
  if (isQueueMissing(error)) return `PROBLEM: The queue ${queueArn} does not exist.`;
  if (error instanceof Error && error.name === "AwsError") return obstacleOf(error);
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  const text = message === "" || message === "UnknownError" ? name : message;
  return `PROBLEM: SQS can't be read: ${text}`;
}
