/**
 * Recorded traffic from CSV: one number per line, or one column of a table with a header. Either
 * instants (seconds or milliseconds since anything, or ISO dates) or how many came in each second or minute.
 */

/** How a trace is to be read. */
export interface TraceFormat {
  readonly unit: "timestamps" | "per-second" | "per-minute";
  /** Name of the column; the first when absent. */
  readonly column?: string;
}

/** A trace as it was read: instants from its own begin, or counts. Times in milliseconds. */
export type Trace =
  | { readonly kind: "instants"; readonly atMs: readonly number[] }
  | { readonly kind: "counts"; readonly counts: readonly number[]; readonly eachMs: number };

/** A trace that can't be read; the message names its line. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

/** Numbers from here on are milliseconds since 1970, and not seconds. */
const MILLISECONDS_FROM = 100_000_000_000;

/** Reads a trace; throws TraceError. */
export function readTrace(text: string, format: TraceFormat): Trace {
  const rows = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: index + 1, cells: line.split(/[,;\t]/).map((cell) => cell.trim().replaceAll(/^"|"$/g, "")) }))
    .filter(({ cells }) => cells.some((cell) => cell !== "") && !cells[0]!.startsWith("#"));
  const [head] = rows;
  if (head === undefined) throw new TraceError("the trace is empty");
  const column = columnOf(head.cells, format);
  // A line without any number is a header.
  const values = head.cells.some((cell) => !Number.isNaN(valueOf(cell))) ? rows : rows.slice(1);
  const numbers = values.map(({ line, cells }) => {
    const value = valueOf(cells[column] ?? "");
    if (Number.isNaN(value) || value < 0)
      throw new TraceError(`line ${line} of the trace: expected a number or a date, found "${cells[column] ?? ""}"`);
    return value;
  });
  if (numbers.length === 0) throw new TraceError("the trace has a header and nothing else");
  return format.unit === "timestamps" ? instants(numbers) : counts(numbers, format.unit);
}

function columnOf(header: readonly string[], { column }: TraceFormat): number {
  if (column === undefined) return 0;
  const index = header.indexOf(column);
  if (index === -1) throw new TraceError(`the trace has no column "${column}"; its columns: ${header.join(", ")}`);
  return index;
}

/** NaN for what is neither number nor date. */
function valueOf(cell: string): number {
  if (/^\d+(\.\d+)?(e\d+)?$/i.test(cell)) return Number(cell);
  return /^\d{4}-\d\d-\d\d/.test(cell) ? Date.parse(cell) : Number.NaN;
}

function instants(values: readonly number[]): Trace {
  const sorted = values.toSorted((a, b) => a - b);
  const unit = sorted[0]! >= MILLISECONDS_FROM ? 1 : 1_000;
  return { kind: "instants", atMs: sorted.map((value) => (value - sorted[0]!) * unit) };
}

function counts(values: readonly number[], unit: "per-second" | "per-minute"): Trace {
  const broken = values.findIndex((value) => !Number.isInteger(value));
  if (broken !== -1) throw new TraceError(`value ${broken + 1} of the trace: ${values[broken]} is no whole number of arrivals`);
  return { kind: "counts", counts: values, eachMs: unit === "per-second" ? 1_000 : 60_000 };
}
