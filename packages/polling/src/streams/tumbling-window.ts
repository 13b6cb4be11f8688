/**
 * Tumbling windows (esm.md section 4.4): stretches of arrival time, aligned to the epoch, through
 * which a function hands a state from invocation to invocation. Lambdock ends a window when a record of
 * a later one is next, or when the source had nothing more at or after the window's end.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
 */
import type { StreamPolicy } from "./stream-policy.ts";
import type { StreamRecord } from "./stream-record.ts";

/** A window's state may be so large; a larger one ends the window early. */
export const WINDOW_STATE_BYTES_MAX = 1_024 * 1_024;

/** The state with which a window begins. */
export const EMPTY_STATE = "{}";

/** Start of the window in which the record arrived, epoch milliseconds. */
export function windowOf(
  { arrivedAt }: Pick<StreamRecord, "arrivedAt">,
  { tumblingWindowMs }: Pick<StreamPolicy, "tumblingWindowMs">,
): number {
  return Math.floor(arrivedAt / tumblingWindowMs) * tumblingWindowMs;
}

/** End of the window, which is no part of it; epoch milliseconds. */
export function windowEnd(start: number, { tumblingWindowMs }: Pick<StreamPolicy, "tumblingWindowMs">): number {
  return start + tumblingWindowMs;
}

/** The `state` of a function's answer as JSON; undefined when it has none, which is an error. */
export function returnedState(answer: string): string | undefined {
  try {
    const document: unknown = JSON.parse(answer);
    if (typeof document !== "object" || document === null || !("state" in document)) return undefined;
    return JSON.stringify(document.state);
  } catch {
    return undefined;
  }
}

/** True when the state ends its window early. */
export function stateTooLarge(state: string): boolean {
  // Three bytes are the most that a UTF-16 unit takes.
  return state.length > WINDOW_STATE_BYTES_MAX || (state.length * 3 > WINDOW_STATE_BYTES_MAX && utf8Bytes(state) > WINDOW_STATE_BYTES_MAX);
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x80) bytes += 1;
    else if (point < 0x800) bytes += 2;
    else bytes += point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
