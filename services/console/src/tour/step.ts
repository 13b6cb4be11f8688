import type { TourClient } from "./client.ts";

/** What a step of the tour is given. */
export interface TourContext {
  readonly client: TourClient;
  readonly accountId: string;
  readonly region: string;
  /** How many times faster retries pass. */
  readonly timeScale: number;
  /** Tells what happens, in a sentence. */
  readonly say: (line: string) => void;
  /** Waits; rejects when the tour is stopped. */
  readonly pause: (ms: number) => Promise<void>;
}

/** One step. */
export interface TourStep {
  readonly id: string;
  readonly title: string;
  /** Two sentences: what is done, and what to look at. */
  readonly text: (timeScale: number) => string;
  /** Resolves when there is nothing more to see. */
  readonly play: (context: TourContext) => Promise<void>;
}

/** Looks again and again until something is there. Throws after a while, milliseconds. */
export async function until<T>(context: TourContext, within: number, look: () => Promise<T | undefined>): Promise<T> {
  const EVERY_MS = 250;
  for (let waited = 0; waited <= within; waited += EVERY_MS) {
    const found = await look();
    if (found !== undefined) return found;
    await context.pause(EVERY_MS);
  }
  throw new Error(`This did not happen within ${Math.round(within / 1_000)} seconds.`);
}
