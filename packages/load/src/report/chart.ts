/** One chart as SVG. Colours are CSS variables, so that the page's theme decides them. */
import { clock, count, escaped, linearScale, logScale, time, timeTicks, type Scale } from "./scales.ts";

/** How a series is drawn: `stack` on top of those before it, `area` and `line` from the axis. */
export type Shape = "line" | "thin" | "dashed" | "area" | "stack";

export interface Series {
  readonly name: string;
  /** Name of a colour of the style sheet. */
  readonly colour: string;
  readonly shape: Shape;
  /** `null`: nothing is known there. */
  readonly values: readonly (number | null)[];
}

export interface Limit {
  readonly name: string;
  readonly value: number;
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** A line of explanation. */
  readonly subtitle: string;
  readonly unit: "count" | "ms";
  readonly scale: "linear" | "log";
  /** Over time: values are of intervals. By percentile: values are at `percentiles`. */
  readonly x:
    | { readonly kind: "time"; readonly intervalMs: number }
    | { readonly kind: "percentile"; readonly percentiles: readonly number[] };
  readonly series: readonly Series[];
  readonly limits: readonly Limit[];
}

export const WIDTH = 640;
export const HEIGHT = 250;
/** Room for axes. */
export const EDGES = { left: 54, right: 14, top: 14, bottom: 26 };
/** A limit so many times above what happened is told in words, and does not flatten the curve. */
const LIMIT_FACTOR = 3;

/** The SVG element. */
export function chartSvg(chart: Chart): string {
  const stacked = stackedValues(chart.series);
  const top = Math.max(0, ...stacked.flatMap((values) => values.map((value) => value ?? 0)));
  const shown = chart.limits.filter(({ value }) => top > 0 && value <= top * LIMIT_FACTOR);
  const y = yScale(chart, stacked, Math.max(top, ...shown.map(({ value }) => value * 1.04)));
  const x = xScale(chart);
  const bodies = chart.series.map((series, index) =>
    drawn({ series, values: stacked[index]!, below: belowOf(chart.series, stacked, index), x: x.at, y }),
  );
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(chart.title)}" data-chart="${escaped(chart.id)}">`,
    ...y.ticks.map((tick) => gridLine(y.at(tick), chart.unit === "ms" ? time(tick) : count(tick))),
    ...x.ticks,
    // What is drawn first lies below.
    ...bodies,
    ...limitLines(shown, y),
    `<line class="axis" x1="${EDGES.left}" x2="${WIDTH - EDGES.right}" y1="${HEIGHT - EDGES.bottom}" y2="${HEIGHT - EDGES.bottom}"/>`,
    `<line class="cursor" y1="${EDGES.top}" y2="${HEIGHT - EDGES.bottom}" visibility="hidden"/>`,
    "</svg>",
  ].join("");
}

/** Limits that are too far above to be drawn. */
export function farLimits(chart: Chart): readonly Limit[] {
  const top = Math.max(0, ...stackedValues(chart.series).flatMap((values) => values.map((value) => value ?? 0)));
  return chart.limits.filter(({ value }) => !(top > 0 && value <= top * LIMIT_FACTOR));
}

function stackedValues(series: readonly Series[]): readonly (readonly (number | null)[])[] {
  let below: readonly (number | null)[] | undefined;
  return series.map(({ shape, values }) => {
    if (shape !== "stack") return values;
    const previous = below;
    const sum = previous === undefined ? values : values.map((value, index) => (value ?? 0) + (previous[index] ?? 0));
    below = sum;
    return sum;
  });
}

function belowOf(
  series: readonly Series[],
  stacked: readonly (readonly (number | null)[])[],
  index: number,
): readonly (number | null)[] | undefined {
  if (series[index]!.shape !== "stack") return undefined;
  for (let before = index - 1; before >= 0; before -= 1) if (series[before]!.shape === "stack") return stacked[before];
  return undefined;
}

function yScale(chart: Chart, stacked: readonly (readonly (number | null)[])[], top: number): Scale {
  const pixels = { from: HEIGHT - EDGES.bottom, to: EDGES.top };
  if (chart.scale === "linear") return linearScale(top, pixels, chart.unit);
  const positive = stacked.flatMap((values) => values.filter((value): value is number => value !== null && value > 0));
  const least = positive.length === 0 ? 1 : positive.reduce((low, value) => Math.min(low, value), Infinity);
  return logScale({ from: least, to: Math.max(top, least) }, pixels);
}

interface XScale {
  readonly at: (index: number) => readonly [number, number];
  readonly ticks: readonly string[];
}

/** Where an index begins and ends, pixels. */
function xScale(chart: Chart): XScale {
  const width = WIDTH - EDGES.left - EDGES.right;
  if (chart.x.kind === "percentile") return percentileScale(chart.x.percentiles, width);
  const { intervalMs } = chart.x;
  const length = Math.max(1, ...chart.series.map(({ values }) => values.length));
  const lengthMs = length * intervalMs;
  const pixel = (at: number): number => EDGES.left + (width * at) / lengthMs;
  return {
    at: (index) => [pixel(index * intervalMs), pixel((index + 1) * intervalMs)],
    ticks: timeTicks(lengthMs).map((tick) => xTick(pixel(tick), clock(tick, lengthMs))),
  };
}

/** Each further nine takes the same room. */
function percentileScale(percentiles: readonly number[], width: number): XScale {
  const nines = (percentile: number): number => -Math.log10(Math.max(1e-9, 1 - percentile / 100));
  const most = Math.max(1, ...percentiles.map(nines));
  const pixel = (percentile: number): number => EDGES.left + (width * nines(percentile)) / most;
  const ticks = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999].filter((tick) => nines(tick) <= most + 1e-9);
  return {
    at: (index) => [pixel(percentiles[index] ?? 0), pixel(percentiles[index] ?? 0)],
    ticks: ticks.map((tick) => xTick(pixel(tick), `p${tick}`)),
  };
}

function xTick(x: number, label: string): string {
  const anchor = x > WIDTH - EDGES.right - 20 ? "end" : "middle";
  return `<line class="tick" x1="${px(x)}" x2="${px(x)}" y1="${HEIGHT - EDGES.bottom}" y2="${HEIGHT - EDGES.bottom + 4}"/><text class="x" x="${px(x)}" y="${HEIGHT - 8}" text-anchor="${anchor}">${label}</text>`;
}

function gridLine(y: number, label: string): string {
  return `<line class="grid" x1="${EDGES.left}" x2="${WIDTH - EDGES.right}" y1="${px(y)}" y2="${px(y)}"/><text class="y" x="${EDGES.left - 7}" y="${px(y + 3.6)}" text-anchor="end">${label}</text>`;
}

/** Labels of limits that lie close together are set on different sides. */
function limitLines(limits: readonly Limit[], y: Scale): readonly string[] {
  const sorted = limits.toSorted((one, other) => other.value - one.value);
  let last = -Infinity;
  let left = false;
  return sorted.map(({ name, value }) => {
    const at = y.at(value);
    left = at - last < 14 ? !left : false;
    last = at;
    const x = left ? EDGES.left + 6 : WIDTH - EDGES.right - 4;
    return `<line class="limit" x1="${EDGES.left}" x2="${WIDTH - EDGES.right}" y1="${px(at)}" y2="${px(at)}"/><text class="limit-name" x="${x}" y="${px(at - 4)}" text-anchor="${left ? "start" : "end"}">${escaped(shortened(name, 40))} ${count(value)}</text>`;
  });
}

interface Drawing {
  readonly series: Series;
  readonly values: readonly (number | null)[];
  readonly below: readonly (number | null)[] | undefined;
  readonly x: XScale["at"];
  readonly y: Scale;
}

function drawn({ series, values, below, x, y }: Drawing): string {
  const name = `data-series="${escaped(series.name)}"`;
  const colour = `style="--c:var(--${series.colour})"`;
  if (series.shape === "stack" || series.shape === "area") {
    const upper = steps(values, x, y);
    if (upper === "") return `<path ${name} ${colour} class="${series.shape}" d=""/>`;
    const [first] = x(0);
    const [, last] = x(values.length - 1);
    const floor = px(y.at(y.ticks[0]!));
    const back = below === undefined ? `L${px(last)} ${floor}L${px(first)} ${floor}Z` : `L${steps(below, x, y, true).slice(1)}Z`;
    return `<path ${name} ${colour} class="${series.shape}" d="${upper}${back}"/>`;
  }
  return `<path ${name} ${colour} class="${series.shape}" d="${line(values, x, y)}"/>`;
}

/** A staircase: each value holds for its whole interval. */
function steps(values: readonly (number | null)[], x: XScale["at"], y: Scale, backwards = false): string {
  const corners = values.flatMap((value, index) => {
    const [from, to] = x(index);
    const height = px(y.at(value ?? 0));
    return [`${px(from)} ${height}`, `${px(to)} ${height}`];
  });
  if (corners.length === 0) return "";
  return `M${(backwards ? corners.toReversed() : corners).join("L")}`;
}

/** From middle to middle; a gap where nothing is known. A lone value is a dot. */
function line(values: readonly (number | null)[], x: XScale["at"], y: Scale): string {
  let path = "";
  let pen = false;
  values.forEach((value, index) => {
    if (value === null) {
      pen = false;
      return;
    }
    const [from, to] = x(index);
    const point = `${px((from + to) / 2)} ${px(y.at(value))}`;
    const alone = !pen && (values[index + 1] ?? null) === null;
    path += alone ? `M${point}h0.01` : `${pen ? "L" : "M"}${point}`;
    pen = true;
  });
  return path;
}

/** Long names keep their beginning and their end. */
export function shortened(name: string, most: number): string {
  if (name.length <= most) return name;
  const head = Math.ceil((most - 1) * 0.6);
  return `${name.slice(0, head)}…${name.slice(name.length - (most - 1 - head))}`;
}

function px(value: number): string {
  return String(Number(value.toFixed(1)));
}
