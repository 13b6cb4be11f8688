/** Log lines as they are kept while somebody follows them. */

export interface LogLine {
  readonly eventId: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
}

export interface Keep {
  /** The oldest that is of interest, epoch milliseconds. */
  readonly from: number;
  /** Lines at most, the newest. */
  readonly limit: number;
}

/** What was kept with what was read since, each line once, in the order of time. */
export function mergeLines<T extends LogLine>(kept: readonly T[], read: readonly T[], { from, limit }: Keep): readonly T[] {
  const known = new Set(kept.map(({ eventId }) => eventId));
  const fresh = read.filter(({ eventId }) => !known.has(eventId));
  const all = fresh.length === 0 ? kept : [...kept, ...fresh].sort((one, other) => one.timestamp - other.timestamp);
  return all.filter(({ timestamp }) => timestamp >= from).slice(-limit);
}

/** Parts of a span of time, the newest first and each eight times as long as the one before: whoever wants the newest lines reads few. */
export function spansBack(from: number, to: number, firstMs = 60_000): readonly (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (let [end, length] = [to, firstMs]; end > from; length *= 8) {
    const begin = Math.max(from, end - length);
    spans.push([begin, end]);
    end = begin;
  }
  return spans;
}

// oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
const TERMINAL_CODES = /\u001B\[[\d;?]*[A-Za-z]/g;

/** A line without the codes that colour it in a terminal. */
export function withoutTerminalCodes(message: string): string {
  return message.replaceAll(TERMINAL_CODES, "");
}
