import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { DropCount } from "./drop-count.ts";
import type { LogStore } from "./log-store.ts";
import type { LogEvent, LogStreamName } from "./port.ts";
import type { Chunk } from "./waiting-events.ts";

/** What goes to Redis together: of each stream at most one batch. */
export interface LogRound {
  readonly store: LogStore;
  readonly chunks: readonly Chunk[];
  /** The same for every attempt, so that a repeated batch is recognised. */
  readonly batch: { readonly writer: string; readonly number: number };
  /** Milliseconds after which what still fails is dropped. */
  readonly giveUpAfterMs: number;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly drops: DropCount;
}

interface StreamBatch {
  readonly stream: LogStreamName;
  readonly events: LogEvent[];
}

const FIRST_DELAY_MS = 20;
const DELAY_MS_MAX = 1_000;

/** Stores a round, again and again what failed of it; returns when all is stored or given up. Never rejects. */
export async function storeRound({ store, chunks, batch, giveUpAfterMs, timers, logger, drops }: LogRound): Promise<void> {
  let left = byStream(chunks);
  const start = timers.monotonic();
  for (let delay = FIRST_DELAY_MS; left.length > 0; delay = Math.min(delay * 2, DELAY_MS_MAX)) {
    const outcomes = await Promise.allSettled(
      left.map(({ stream, events }) =>
        store.append({ group: stream, stream: stream.logStream, events, now: timers.now(), create: true, batch }),
      ),
    );
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    left = left.filter((_, index) => outcomes[index]!.status === "rejected");
    if (failure === undefined) return;
    if (timers.monotonic() - start >= giveUpAfterMs) {
      const events = left.reduce((sum, lost) => sum + lost.events.length, 0);
      return drops.add(events, `Redis did not take them: ${String(failure.reason)}`);
    }
    if (delay === FIRST_DELAY_MS) logger.warn("log events can't be stored now, trying again", { cause: String(failure.reason) });
    await new Promise<void>((resolve) => {
      timers.after(delay, resolve);
    });
  }
}

function byStream(chunks: readonly Chunk[]): readonly StreamBatch[] {
  const batches = new Map<string, StreamBatch>();
  for (const { stream, events } of chunks) {
    const key = `${stream.accountId}:${stream.region}:${stream.logGroup}:${stream.logStream}`;
    const batch = batches.get(key);
    if (batch === undefined) batches.set(key, { stream, events: [...events] });
    else batch.events.push(...events);
  }
  return [...batches.values()];
}
