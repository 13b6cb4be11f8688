import type { Timers } from "@lambdock/kernel/clock";

/** Stores a mapping's last result, not each one: the newest, a few times a second at most. */
export interface ResultWriter {
  set(result: string): void;
  /** Gives up what is not stored yet. */
  close(): void;
}

export interface ResultWriterOptions {
  readonly timers: Timers;
  readonly write: (result: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const LINGER_MS = 200;
const RETRY_MS = 2_000;

/** Writes lie at least 200 ms apart; one that fails is tried again until it is old. */
export function createResultWriter({ timers, write, onError }: ResultWriterOptions): ResultWriter {
  let newest: string | undefined;
  let stored: string | undefined;
  let cancel: (() => void) | undefined;
  let closed = false;

  const schedule = (delayMs: number): void => {
    if (closed || cancel !== undefined || newest === stored) return;
    cancel = timers.after(delayMs, () => void flush());
  };
  const flush = async (): Promise<void> => {
    const result = newest!;
    try {
      await write(result);
      stored = result;
      cancel = undefined;
      schedule(LINGER_MS);
    } catch (error) {
      onError(error);
      cancel = undefined;
      schedule(RETRY_MS);
    }
  };
  return {
    set(result) {
      newest = result;
      schedule(LINGER_MS);
    },
    close() {
      closed = true;
      cancel?.();
    },
  };
}
