/** Two runs over each other: A and B of the same scenario, or of two. */
import type { FunctionResult, FunctionTotals, RunResult } from "../measuring/run-result.ts";
import type { Chart, Limit, Series } from "./chart.ts";
import { chart, named, perSecond } from "./charts-of-run.ts";
import { chartGrid, header, notes, pageHtml, table, type Cell } from "./page.ts";
import { badgeOf } from "./report.ts";
import { clock, count, time } from "./scales.ts";

export interface Sides {
  readonly a: RunResult;
  readonly b: RunResult;
}

/** The HTML document. Series of different intervals are brought to the longer one. */
export function compareHtml(given: Sides): string {
  const sides = aligned(given);
  const { a, b } = sides;
  const names = [...new Set([...a.functions, ...b.functions].map(({ name }) => name))];
  const sections = names.map((name, index) => section({ name, prefix: `f${index}`, sides }));
  const body = [
    header(titleOf(sides), {
      badge: "comparison",
      facts: [
        ["A", factOf(a)],
        ["B", factOf(b)],
      ],
    }),
    notes([...a.notes.map((note) => `A: ${note}`), ...b.notes.map((note) => `B: ${note}`)]),
    ...sections.map(({ html }) => html),
    "<footer>Made by Lambdock. A is drawn in the first colour, B in the second.</footer>",
  ].join("\n");
  return pageHtml({
    title: `${titleOf(sides)} · Lambdock`,
    body,
    charts: sections.flatMap(({ charts }) => charts),
    data: { a: given.a, b: given.b },
  });
}

function titleOf({ a, b }: Sides): string {
  return a.name === b.name ? a.name : `${a.name} against ${b.name}`;
}

function factOf(run: RunResult): string {
  const begun = run.startedAt === 0 ? "" : `, ${new Date(run.startedAt).toISOString().slice(0, 16).replace("T", " ")}`;
  return `${run.name} (${badgeOf(run)}${begun}, ${clock(run.lengthMs, Math.max(run.lengthMs, 10_000))}, seed ${run.seed})`;
}

interface Section {
  readonly name: string;
  readonly prefix: string;
  readonly sides: Sides;
}

function section({ name, prefix, sides }: Section): { readonly html: string; readonly charts: readonly Chart[] } {
  const of = (run: RunResult): FunctionResult | undefined => run.functions.find((each) => each.name === name);
  const [a, b] = [of(sides.a), of(sides.b)];
  const charts = comparedCharts({ prefix, sides, a, b });
  const title = name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  if (a === undefined || b === undefined)
    return { html: `<h2>${title}</h2><p class="soft">Only in ${a === undefined ? "B" : "A"}.</p>${chartGrid(charts)}`, charts };
  return { html: `<h2>${title}</h2>${table(["", "A", "B", "B against A"], rows(a.totals, b.totals))}${chartGrid(charts)}`, charts };
}

/** What is better when it is less, what when it is more, and what is neither. */
const FIGURES: readonly (readonly [string, (totals: FunctionTotals) => number, "less" | "more" | "either", (value: number) => string])[] = [
  ["offered", ({ offered }) => offered, "either", count],
  ["served", ({ served }) => served, "more", count],
  ["errors and no answer", ({ errors, failed }) => errors + failed, "less", count],
  ["throttles", ({ throttles }) => throttles, "less", count],
  ["cold starts", ({ coldStarts }) => coldStarts, "less", count],
  ["peak concurrency", ({ peakConcurrency }) => peakConcurrency, "either", count],
  ["peak environments", ({ peakEnvironments }) => peakEnvironments, "either", count],
  ["latency p50", ({ latency }) => latency.p50, "less", time],
  ["latency p90", ({ latency }) => latency.p90, "less", time],
  ["latency p99", ({ latency }) => latency.p99, "less", time],
  ["latency p99.9", ({ latency }) => latency.p999, "less", time],
  ["init p50", ({ init }) => init.p50, "less", time],
  ["oldest in queue", ({ oldestAgeMs }) => oldestAgeMs, "less", time],
];
/** Changes smaller than this are noise. */
const NOISE = 0.02;

function rows(a: FunctionTotals, b: FunctionTotals): readonly (readonly Cell[])[] {
  return FIGURES.filter(([, of]) => of(a) !== 0 || of(b) !== 0).map(([name, of, wanted, shown]) => {
    const [one, other] = [of(a), of(b)];
    const change = one === 0 ? Infinity : other / one - 1;
    const better = wanted === "less" ? change < 0 : change > 0;
    const kind = wanted === "either" || Math.abs(change) < NOISE ? {} : { kind: better ? ("better" as const) : ("worse" as const) };
    const told = one === 0 ? (other === 0 ? "=" : "new") : `${change >= 0 ? "+" : "−"}${(Math.abs(change) * 100).toFixed(1)} %`;
    return [{ text: name }, { text: shown(one) }, { text: shown(other) }, { text: told, ...kind }];
  });
}

interface Compared {
  readonly prefix: string;
  readonly sides: Sides;
  readonly a: FunctionResult | undefined;
  readonly b: FunctionResult | undefined;
}

function comparedCharts({ prefix, sides, a, b }: Compared): readonly Chart[] {
  const x = { kind: "time", intervalMs: sides.a.intervalMs } as const;
  const both = (pick: (each: FunctionResult) => readonly (number | null)[], shape: Series["shape"] = "line"): readonly Series[] => [
    ...(a === undefined ? [] : [named("A", "a", shape, pick(a))]),
    ...(b === undefined ? [] : [named("B", "b", shape, pick(b))]),
  ];
  const rate = (values: readonly number[]): number[] => perSecond(sides.a, values);
  const all = [
    chart(`${prefix}-served`, "Served per second", {
      subtitle: "offered is dashed",
      x,
      series: [...offeredOf({ sides, a, b }), ...both(({ series }) => rate(series.served))],
    }),
    chart(`${prefix}-concurrency`, "Concurrency", {
      subtitle: "peak of each interval",
      x,
      series: both(({ series }) => series.concurrency.max),
      limits: limitsOf(a ?? b!),
    }),
    chart(`${prefix}-p99`, "Latency p99", {
      subtitle: "from when a request was due",
      unit: "ms",
      scale: "log",
      x,
      series: both(({ series }) => series.latency.p99),
    }),
    curves(prefix, a, b),
    chart(`${prefix}-p50`, "Latency p50", {
      subtitle: "from when a request was due",
      unit: "ms",
      scale: "log",
      x,
      series: both(({ series }) => series.latency.p50),
    }),
    chart(`${prefix}-cold`, "Cold starts", { subtitle: "in each interval", x, series: both(({ series }) => series.coldStarts) }),
    chart(`${prefix}-throttles`, "Throttles per second", {
      subtitle: "all reasons together",
      x,
      series: both((each) => rate(throttlesOf(each))),
    }),
    chart(`${prefix}-age`, "Age in the queue or shard", {
      subtitle: "of the oldest that waited",
      unit: "ms",
      x,
      series: both(({ series }) => series.age),
    }),
  ];
  return all.filter(({ series }) => series.some(({ values }) => values.some((value) => value !== null && value !== 0)));
}

function offeredOf({ sides, a, b }: Omit<Compared, "prefix">): readonly Series[] {
  const same = JSON.stringify(a?.series.offered) === JSON.stringify(b?.series.offered);
  return [
    ...(a === undefined
      ? []
      : [named(same ? "offered" : "A offered", same ? "offered" : "a", "dashed", perSecond(sides.a, a.series.offered))]),
    ...(b === undefined || same ? [] : [named("B offered", "b", "dashed", perSecond(sides.b, b.series.offered))]),
  ];
}

function limitsOf({ reserved }: FunctionResult): readonly Limit[] {
  return reserved === undefined ? [] : [{ name: "reserved", value: reserved }];
}

function throttlesOf({ series }: FunctionResult): number[] {
  return series.offered.map((_, index) => Object.values(series.throttles).reduce((sum, values) => sum + (values[index] ?? 0), 0));
}

/** Both curves at the percentiles of the longer one. */
function curves(prefix: string, a: FunctionResult | undefined, b: FunctionResult | undefined): Chart {
  const [one = [], other = []] = [a?.latencyCurve, b?.latencyCurve];
  const longer = one.length >= other.length ? one : other;
  const at = (curve: typeof one): (number | null)[] => longer.map((_, index) => curve[index]?.ms ?? null);
  return chart(`${prefix}-curve`, "Latency by percentile", {
    subtitle: "of all answers; each further nine takes the same room",
    unit: "ms",
    scale: "log",
    x: { kind: "percentile", percentiles: longer.map(({ percentile }) => percentile) },
    series: [
      ...(a === undefined ? [] : [named("A", "a", "line", at(one))]),
      ...(b === undefined ? [] : [named("B", "b", "line", at(other))]),
    ],
  });
}

/** Both with the longer of their intervals, where one is a multiple of the other. */
function aligned({ a, b }: Sides): Sides {
  const intervalMs = Math.max(a.intervalMs, b.intervalMs);
  return { a: widened(a, intervalMs), b: widened(b, intervalMs) };
}

function widened(run: RunResult, intervalMs: number): RunResult {
  if (run.intervalMs === intervalMs) return run;
  const groups = Array.from({ length: run.intervals }, (_, index) => Math.floor((index * run.intervalMs) / intervalMs));
  const length = (groups.at(-1) ?? 0) + 1;
  const put = (values: readonly (number | null)[], join: (one: number, other: number) => number): (number | null)[] => {
    const joined: (number | null)[] = Array.from({ length }, () => null);
    values.forEach((value, index) => {
      const group = groups[index]!;
      const before = joined[group]!;
      if (value !== null) joined[group] = before === null ? value : join(before, value);
    });
    return joined;
  };
  const sum = (values: readonly number[]): number[] => put(values, (one, other) => one + other).map((value) => value ?? 0);
  const most = (values: readonly (number | null)[]): (number | null)[] => put(values, Math.max);
  const functions = run.functions.map((each) => ({
    ...each,
    series: {
      ...each.series,
      offered: sum(each.series.offered),
      served: sum(each.series.served),
      coldStarts: sum(each.series.coldStarts),
      throttles: Object.fromEntries(Object.entries(each.series.throttles).map(([reason, values]) => [reason, sum(values)])),
      concurrency: { ...each.series.concurrency, max: most(each.series.concurrency.max).map((value) => value ?? 0) },
      // The worst of the intervals that became one: a percentile of all can't be told from theirs.
      latency: { ...each.series.latency, p50: most(each.series.latency.p50), p99: most(each.series.latency.p99) },
      age: most(each.series.age),
    },
  }));
  return { ...run, intervalMs, intervals: length, functions };
}
