/** The report of one run: what people read at a glance first, every function's curves after it. */
import type { FunctionResult, FunctionTotals, RunResult } from "../measuring/run-result.ts";
import type { Chart } from "./chart.ts";
import { accountCharts, functionCharts } from "./charts-of-run.ts";
import { chartGrid, header, notes, pageHtml, table, tiles, type Cell, type Tile } from "./page.ts";
import { clock, count, percent, time } from "./scales.ts";

/** The HTML document. */
export function reportHtml(run: RunResult): string {
  const several = run.functions.length > 1;
  const account = several ? accountCharts(run) : [];
  const sections = run.functions.map((each, index) => ({ each, charts: functionCharts(run, each, `f${index}`) }));
  const body = [
    header(run.name, {
      badge: badgeOf(run),
      ...(run.description === undefined ? {} : { description: run.description }),
      facts: factsOf(run),
    }),
    tiles(headline(run)),
    notes(run.notes),
    ...(several ? ["<h2>All functions</h2>", table(HEAD, run.functions.map(functionRow)), chartGrid(account)] : []),
    ...sections.map(({ each, charts }) => functionSection(each, charts, several)),
    `<footer>Made by Lambdock. Percentiles are free of coordinated omission: latency counts from the instant at which a request was due. The JSON of this run is beside this file, and in it.</footer>`,
  ].join("\n");
  return pageHtml({
    title: `${run.name} · Lambdock`,
    body,
    charts: [...account, ...sections.flatMap(({ charts }) => charts)],
    data: { run },
  });
}

export function badgeOf({ kind }: Pick<RunResult, "kind">): string {
  return kind === "real" ? "real run" : "simulated";
}

function factsOf(run: RunResult): readonly (readonly [string, string])[] {
  const begun =
    run.startedAt === 0 ? [] : [["begun", `${new Date(run.startedAt).toISOString().slice(0, 19).replace("T", " ")} UTC`] as const];
  return [
    ...begun,
    ["length", clock(run.lengthMs, Math.max(run.lengthMs, 10_000))],
    ["where", run.where],
    ["account limit", count(run.account.concurrencyLimit)],
    ["seed", String(run.seed)],
    ["interval", time(run.intervalMs)],
  ];
}

/** All functions' totals together; percentiles are those of the slowest. */
export function headline(run: RunResult): readonly Tile[] {
  const sum = (pick: (totals: FunctionTotals) => number): number => run.functions.reduce((total, { totals }) => total + pick(totals), 0);
  const [offered, served, throttles, cold, invocations] = [
    sum(({ offered: each }) => each),
    sum(({ served: each }) => each),
    sum(({ throttles: each }) => each),
    sum(({ coldStarts }) => coldStarts),
    sum(({ invocations: each }) => each),
  ];
  const failures = sum(({ errors, failed }) => errors + failed);
  const above = run.account.aboveLimit + sum(({ aboveLimit }) => aboveLimit);
  const peak = Math.max(0, ...run.account.concurrency.max);
  const measured = run.functions.filter(({ totals }) => totals.latency.count > 0);
  const slowest = measured.toSorted((one, other) => other.totals.latency.p99 - one.totals.latency.p99)[0];
  return [
    { label: "Offered", value: count(offered), detail: `${count((offered * 1_000) / Math.max(1, run.lengthMs))}/s on average` },
    {
      label: "Served",
      value: count(served),
      detail: `${share(served, offered)} of offered`,
      mood: served >= offered * 0.999 ? "good" : "warn",
    },
    { label: "Throttles", value: count(throttles), detail: mainReason(run) ?? "none", ...(throttles > 0 ? { mood: "warn" as const } : {}) },
    {
      label: "Failures",
      value: count(failures),
      detail: share(failures, offered),
      ...(failures > 0 ? { mood: "bad" as const } : {}),
    },
    { label: "Cold starts", value: count(cold), detail: `${share(cold, invocations)} of invocations` },
    { label: "Concurrency", value: count(peak), detail: `peak, of ${count(run.account.concurrencyLimit)}` },
    ...(slowest === undefined
      ? []
      : [
          {
            label: measured.length > 1 ? "Slowest p50" : "Latency p50",
            value: time(slowest.totals.latency.p50),
            detail: measured.length > 1 ? slowest.name : "from when it was due",
          },
          {
            label: measured.length > 1 ? "Slowest p99" : "Latency p99",
            value: time(slowest.totals.latency.p99),
            detail: `p99.9 ${time(slowest.totals.latency.p999)}`,
          },
        ]),
    { label: "Above a limit", value: count(above), detail: above === 0 ? "never" : "invocations", mood: above === 0 ? "good" : "bad" },
  ];
}

function share(part: number, whole: number): string {
  return whole === 0 ? "–" : percent(part / whole);
}

function mainReason(run: RunResult): string | undefined {
  const sums = new Map<string, number>();
  for (const { totals } of run.functions)
    for (const [reason, total] of Object.entries(totals.throttlesByReason)) sums.set(reason, (sums.get(reason) ?? 0) + total);
  const [most, ...more] = [...sums].toSorted(([, one], [, other]) => other - one);
  if (most === undefined) return undefined;
  return `${inWords(most[0])}${more.length > 0 ? ` and ${more.length} more` : ""}`;
}

const REASONS: Readonly<Record<string, string>> = {
  ConcurrentInvocationLimitExceeded: "account concurrency",
  ReservedFunctionConcurrentInvocationLimitExceeded: "reserved concurrency",
  FunctionInvocationRateLimitExceeded: "rate of the function",
  ReservedFunctionInvocationRateLimitExceeded: "rate of the reservation",
  CallerRateLimitExceeded: "rate of the caller",
};

function inWords(reason: string): string {
  return REASONS[reason] ?? reason;
}

const HEAD = [
  "function",
  "via",
  "offered",
  "served",
  "errors",
  "throttles",
  "cold starts",
  "peak concurrency",
  "p50",
  "p90",
  "p99",
  "p99.9",
  "max",
];

function functionRow({ name, via, totals, reserved }: FunctionResult): readonly Cell[] {
  const { latency } = totals;
  const of = reserved === undefined ? "" : ` of ${count(reserved)}`;
  const figures = [totals.offered, totals.served, totals.errors + totals.failed, totals.throttles, totals.coldStarts].map(count);
  const times =
    latency.count === 0 ? ["–", "–", "–", "–", "–"] : [latency.p50, latency.p90, latency.p99, latency.p999, latency.max].map(time);
  return [name, via, ...figures, `${count(totals.peakConcurrency)}${of}`, ...times].map((text) => ({ text }));
}

function functionSection(each: FunctionResult, charts: readonly Chart[], several: boolean): string {
  const { name, via, settings, totals, reserved, provisioned } = each;
  const limits = [
    ...(reserved === undefined ? [] : [`reserved ${count(reserved)}`]),
    ...(provisioned === undefined ? [] : [`provisioned ${count(provisioned)}`]),
  ];
  const about = [via, settings, ...limits].filter((text) => text !== "").join(" · ");
  const facts = several ? "" : table(HEAD, [functionRow(each)]);
  const more = detailsOf(totals);
  return `<h2>${escapedName(name)}</h2><p class="soft">${escapedName(about)}${more === "" ? "" : ` · ${more}`}</p>${facts}${chartGrid(charts)}`;
}

function detailsOf({ init, duration, provisionedStarts, spillovers }: FunctionTotals): string {
  return [
    ...(init.count === 0 ? [] : [`init p50 ${time(init.p50)}, p99 ${time(init.p99)}`]),
    ...(duration.count === 0 ? [] : [`duration p50 ${time(duration.p50)}, p99 ${time(duration.p99)}`]),
    ...(provisionedStarts === 0 ? [] : [`${count(provisionedStarts)} on provisioned, ${count(spillovers)} spilled over`]),
  ].join(" · ");
}

function escapedName(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
