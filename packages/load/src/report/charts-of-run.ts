/** Which charts show a run, and what each of them says. */
import { LATENCY_PERCENTILES, type FunctionResult, type RunResult } from "../measuring/run-result.ts";
import type { Chart, Limit, Series, Shape } from "./chart.ts";

type Values = readonly (number | null)[];

/** Charts of all functions together, when there are several. */
export function accountCharts(run: RunResult): readonly Chart[] {
  const sum = (pick: (each: FunctionResult) => readonly number[]): number[] =>
    Array.from({ length: run.intervals }, (_, index) => run.functions.reduce((total, each) => total + (pick(each)[index] ?? 0), 0));
  const x = { kind: "time", intervalMs: run.intervalMs } as const;
  const offered = perSecond(
    run,
    sum(({ series }) => series.offered),
  );
  const served = perSecond(
    run,
    sum(({ series }) => series.served),
  );
  return [
    chart("account-rates", "Requests per second, all functions", {
      subtitle: "offered is decided beforehand; served is what came back",
      x,
      series: [named("served", "served", "stack", served), named("offered", "offered", "dashed", offered)],
    }),
    chart("account-concurrency", "Concurrency, all functions", {
      subtitle: "each function's mean, one upon the other, and the peak of each interval",
      x,
      series: [
        ...run.functions.map((each, index) => named(each.name, `f${index % 8}`, "stack", each.series.concurrency.mean)),
        named("peak", "ink", "thin", run.account.concurrency.max),
      ],
      limits: accountLimits(run),
    }),
  ];
}

function accountLimits({ account }: RunResult): readonly Limit[] {
  const limits = [{ name: "account limit", value: account.concurrencyLimit }];
  return account.unreservedLimit === account.concurrencyLimit
    ? limits
    : [...limits, { name: "unreserved", value: account.unreservedLimit }];
}

/** Charts of one function. `prefix` makes their ids unique. */
export function functionCharts(run: RunResult, each: FunctionResult, prefix: string): readonly Chart[] {
  const { series, latencyCurve } = each;
  const x = { kind: "time", intervalMs: run.intervalMs } as const;
  const charts = [
    ratesChart(run, each, prefix),
    chart(`${prefix}-concurrency`, "Concurrency", {
      subtitle: "environments at work: mean (filled) and peak of each interval; and those alive",
      x,
      series: [
        named("alive", "environments", "thin", series.environments.max),
        named("mean", "concurrency", "area", series.concurrency.mean),
        named("peak", "concurrency", "line", series.concurrency.max),
      ],
      limits: functionLimits(run, each),
    }),
    latencyChart(run, each, prefix),
    chart(`${prefix}-curve`, "Latency by percentile", {
      subtitle: "of all answers; each further nine takes the same room",
      unit: "ms",
      scale: "log",
      x: { kind: "percentile", percentiles: latencyCurve.map(({ percentile }) => percentile) },
      series: [
        named(
          "latency",
          "p99",
          "line",
          latencyCurve.map(({ ms }) => ms),
        ),
      ],
    }),
    startsChart(run, each, prefix),
    throttlesChart(run, each, prefix),
  ];
  if (series.age.some((age) => age !== null && age > 0))
    charts.push(
      chart(`${prefix}-age`, each.via.includes("kinesis") ? "Iterator age" : "Age in the queue", {
        subtitle: "of the oldest that waited",
        unit: "ms",
        x,
        series: [named("oldest", "age", "line", series.age)],
      }),
    );
  return charts.filter(
    ({ id, series: drawn }) => id.endsWith("-rates") || drawn.some(({ values }) => values.some((value) => value !== null && value !== 0)),
  );
}

function ratesChart(run: RunResult, { series }: FunctionResult, prefix: string): Chart {
  const rate = (name: string, colour: string, values: readonly number[]): readonly Series[] =>
    values.some((value) => value > 0) ? [named(name, colour, "stack", perSecond(run, values))] : [];
  return chart(`${prefix}-rates`, "Offered and served", {
    subtitle: "per second; offered is decided beforehand, whatever the answers",
    x: { kind: "time", intervalMs: run.intervalMs },
    series: [
      ...rate("served", "served", series.served),
      ...rate("function errors", "errors", series.errors),
      ...rate("no answer", "failed", series.failed),
      named("offered", "offered", "dashed", perSecond(run, series.offered)),
    ],
  });
}

function functionLimits(run: RunResult, { reserved, provisioned }: FunctionResult): readonly Limit[] {
  return [
    ...(reserved === undefined
      ? [
          {
            name: run.account.unreservedLimit === run.account.concurrencyLimit ? "account limit" : "unreserved",
            value: run.account.unreservedLimit,
          },
        ]
      : [{ name: "reserved", value: reserved }]),
    ...(provisioned === undefined ? [] : [{ name: "provisioned", value: provisioned }]),
  ];
}

const SHAPES: Readonly<Record<string, Shape>> = { p50: "line", p90: "line", p99: "line", "p99.9": "line" };

function latencyChart(run: RunResult, { series }: FunctionResult, prefix: string): Chart {
  return chart(`${prefix}-latency`, "Latency", {
    subtitle: "from when a request was due, so that waiting counts",
    unit: "ms",
    scale: "log",
    x: { kind: "time", intervalMs: run.intervalMs },
    series: LATENCY_PERCENTILES.toReversed().map((name) => named(name, name.replace(".", "-"), SHAPES[name]!, series.latency[name])),
  });
}

function startsChart(run: RunResult, { series }: FunctionResult, prefix: string): Chart {
  const also = (name: string, colour: string, values: readonly number[]): readonly Series[] =>
    values.some((value) => value > 0) ? [named(name, colour, "line", values)] : [];
  return chart(`${prefix}-cold`, "Cold starts", {
    subtitle: "in each interval",
    x: { kind: "time", intervalMs: run.intervalMs },
    series: [
      named("cold starts", "cold", "stack", series.coldStarts),
      ...also("on provisioned", "f2", series.provisionedStarts),
      ...also("spilled over", "f3", series.spillovers),
    ],
  });
}

const REASON_COLOURS = ["throttle", "f1", "f3", "f5", "f6", "f7"];

function throttlesChart(run: RunResult, { series }: FunctionResult, prefix: string): Chart {
  return chart(`${prefix}-throttles`, "Throttles by reason", {
    subtitle: "per second; what queues try again is counted again",
    x: { kind: "time", intervalMs: run.intervalMs },
    series: Object.entries(series.throttles).map(([reason, values], index) =>
      named(reason, REASON_COLOURS[index % REASON_COLOURS.length]!, "stack", perSecond(run, values)),
    ),
  });
}

/** Counts of intervals as rates. */
export function perSecond({ intervalMs }: Pick<RunResult, "intervalMs">, counts: readonly number[]): number[] {
  return counts.map((value) => (value * 1_000) / intervalMs);
}

export function named(name: string, colour: string, shape: Shape, values: Values): Series {
  return { name, colour, shape, values };
}

type Rest = Pick<Chart, "subtitle" | "x" | "series"> & Partial<Pick<Chart, "unit" | "scale" | "limits">>;

export function chart(id: string, title: string, rest: Rest): Chart {
  return { id, title, unit: "count", scale: "linear", limits: [], ...rest };
}
