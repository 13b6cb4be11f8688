/** Axes: round ticks, and numbers as people read them. */

/** From values to pixels, with the ticks to draw. */
export interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

const STEPS = [1, 2, 5, 10];
/** Milliseconds; below them decimal steps are as good. */
const LONG_STEPS = [
  2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000,
];

/** At most so many above zero. */
const TICKS = 5;

/** From zero to a round number above `max`. */
export function linearScale(max: number, pixels: Span, unit: "count" | "ms" = "count"): Scale {
  const top = max > 0 ? max : 1;
  const power = 10 ** Math.floor(Math.log10(top / TICKS));
  const steps = unit === "ms" && top > LONG_STEPS[0]! * TICKS ? LONG_STEPS : STEPS.map((each) => each * power);
  const step = steps.find((each) => top / each <= TICKS) ?? top;
  const count = Math.ceil(top / step - 1e-9);
  const end = count * step;
  const ticks = Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
  return { at: (value) => pixels.from + ((pixels.to - pixels.from) * value) / end, ticks };
}

/** Logarithmic between two positive values; what is smaller lies on the lower edge. */
export function logScale({ from, to }: Span, pixels: Span): Scale {
  const low = Math.floor(Math.log10(from) * 3) / 3;
  const high = Math.max(low + 1, Math.ceil(Math.log10(to) * 3) / 3);
  const wide = high - low > 4;
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= high; power += 1)
    for (const digit of wide ? [1] : high - low > 2 ? [1, 3] : [1, 2, 5]) {
      const tick = digit * 10 ** power;
      if (Math.log10(tick) >= low - 1e-9 && Math.log10(tick) <= high + 1e-9) ticks.push(tick);
    }
  const at = (value: number): number => {
    const share = (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
    return pixels.from + (pixels.to - pixels.from) * Math.min(1, share);
  };
  return { at, ticks };
}

const TIME_STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

/** Instants, in milliseconds, at which a time axis has ticks. */
export function timeTicks(lengthMs: number, wanted = 7): number[] {
  const stepMs = 1_000 * (TIME_STEPS_S.find((each) => lengthMs / (each * 1_000) <= wanted) ?? TIME_STEPS_S.at(-1)!);
  return Array.from({ length: Math.floor(lengthMs / stepMs + 1e-9) + 1 }, (_, index) => index * stepMs);
}

/** `1:30`, `2:00:00`, or `1.5 s` on a short axis. */
export function clock(milliseconds: number, lengthMs: number): string {
  if (lengthMs < 10_000) return `${Number((milliseconds / 1_000).toFixed(1))} s`;
  const seconds = Math.round(milliseconds / 1_000);
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A number with at most three digits that matter, and thousands apart. */
export function count(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1_000_000) return `${trimmed(value / 1_000_000)} M`;
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return Number.isInteger(value) ? String(value) : trimmed(value);
}

/** Milliseconds in the unit that suits them. */
export function time(milliseconds: number): string {
  if (milliseconds === 0) return "0 ms";
  if (milliseconds < 1) return `${trimmed(milliseconds * 1_000)} µs`;
  if (milliseconds < 1_000) return `${trimmed(milliseconds)} ms`;
  if (milliseconds < 120_000) return `${trimmed(milliseconds / 1_000)} s`;
  if (milliseconds < 7_200_000) return `${trimmed(milliseconds / 60_000)} min`;
  return `${trimmed(milliseconds / 3_600_000)} h`;
}

/** A share of 0-1. */
export function percent(share: number): string {
  return `${trimmed(share * 100)} %`;
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** For text and attributes of HTML. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
