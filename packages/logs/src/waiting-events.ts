import { EVENT_OVERHEAD_BYTES } from "./log-bounds.ts";
import type { LogEvent, LogStreamName } from "./port.ts";

/** Consecutive events of one stream, on their way to Redis. */
export interface Chunk {
  /** Grows from chunk to chunk. */
  readonly order: number;
  readonly stream: LogStreamName;
  readonly events: readonly LogEvent[];
  readonly bytes: number;
}

/** Events in the order of their arrival, bounded in bytes. Those in a round count until it is done. */
export interface WaitingEvents {
  /** Answers how many of the oldest events had to be dropped for these. */
  push(stream: LogStreamName, events: readonly LogEvent[]): number;
  isEmpty(): boolean;
  /** Bytes that wait, those in the round included. */
  bytes(): number;
  /** Takes the oldest chunks out, as many as Redis stores in one go; they form the round until `finishRound`. */
  takeRound(): readonly Chunk[];
  finishRound(): void;
  /** Order of the last chunk that was pushed. */
  lastOrder(): number;
  /** Order of the oldest chunk that waits or is in the round. */
  oldestOrder(): number;
}

const CHUNK_EVENTS = 1_000;
const CHUNK_BYTES = 1_048_576;
const ROUND_EVENTS = 2_000;
const ROUND_BYTES = 4_194_304;

/** An empty queue of that bound. */
export function createWaitingEvents(bytesMax: number): WaitingEvents {
  let waiting: Chunk[] = [];
  let round: readonly Chunk[] = [];
  let bytes = 0;
  let order = 0;
  const dropOldest = (): number => {
    let count = 0;
    let events = 0;
    for (; bytes > bytesMax && count < waiting.length; count += 1) {
      bytes -= waiting[count]!.bytes;
      events += waiting[count]!.events.length;
    }
    waiting = waiting.slice(count);
    return events;
  };
  return {
    push(stream, events) {
      for (const chunk of chunksOf(events)) {
        waiting.push({ order: (order += 1), stream, ...chunk });
        bytes += chunk.bytes;
      }
      return bytes > bytesMax ? dropOldest() : 0;
    },
    isEmpty: () => waiting.length === 0,
    bytes: () => bytes,
    takeRound() {
      const length = roundLength(waiting);
      round = waiting.slice(0, length);
      waiting = waiting.slice(length);
      return round;
    },
    finishRound() {
      bytes -= round.reduce((sum, chunk) => sum + chunk.bytes, 0);
      round = [];
    },
    lastOrder: () => order,
    oldestOrder: () => round[0]?.order ?? waiting[0]?.order ?? order + 1,
  };
}

/** Pieces that Redis stores without holding up others. */
function* chunksOf(events: readonly LogEvent[]): Generator<Pick<Chunk, "events" | "bytes">> {
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < events.length; index += 1) {
    bytes += Buffer.byteLength(events[index]!.message) + EVENT_OVERHEAD_BYTES;
    const full = index + 1 - start === CHUNK_EVENTS || bytes >= CHUNK_BYTES;
    if (!full && index + 1 < events.length) continue;
    yield { events: events.slice(start, index + 1), bytes };
    start = index + 1;
    bytes = 0;
  }
}

/** How many of the oldest chunks go in one round; at least one. */
function roundLength(chunks: readonly Chunk[]): number {
  let events = 0;
  let bytes = 0;
  const past = chunks.findIndex((chunk) => {
    events += chunk.events.length;
    bytes += chunk.bytes;
    return events > ROUND_EVENTS || bytes > ROUND_BYTES;
  });
  return past === -1 ? chunks.length : Math.max(past, 1);
}
