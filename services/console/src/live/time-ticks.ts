/** Round steps of a time axis. */
const STEPS_MS = [1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000];

/** A mark of the axis: its time and how long before the right end it is. */
export interface TimeTick {
  readonly at: number;
  readonly text: string;
}

/** Marks between two times, at most so many, at full seconds. */
export function timeTicks(from: number, to: number, max: number): readonly TimeTick[] {
  const step = STEPS_MS.find((each) => (to - from) / each <= max) ?? STEPS_MS.at(-1)!;
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ at, text: clockText(at, step) });
  return ticks;
}

function clockText(at: number, step: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return step >= 60_000 ? minutes : `${minutes}:${two(date.getSeconds())}`;
}
