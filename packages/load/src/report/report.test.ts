import { expect, test } from "@jest/globals";
import type { RunResult } from "../measuring/run-result.ts";
import { simulate } from "../simulate/simulate.ts";
import { scenarioOf } from "../testing/scenarios.ts";
import { compareHtml } from "./compare.ts";
import { reportHtml } from "./report.ts";
import { clock, count, linearScale, logScale, time, timeTicks } from "./scales.ts";

const SCENARIO = `
name: "a <name> & 'more'"
limits: { accountConcurrency: 120 }
functions:
  first-function-with-a-long-name-which-goes-on-and-on-and-on: { duration: { median: 80ms, p99: 300ms } }
  second: { duration: 50ms, reserved: 3, errorRate: 0.1 }
  third: { duration: 500ms }
traffic:
  - { to: first-function-with-a-long-name-which-goes-on-and-on-and-on, phases: [{ ramp: [0, 300], for: 20s }] }
  - { to: second, phases: [{ poisson: 90, for: 20s }] }
  - { to: third, via: sqs, phases: [{ burst: 1000 }] }
`;
const run = (seed = 1, text = SCENARIO): RunResult => simulate({ ...scenarioOf(text), seed }).result;

interface EmbeddedChart {
  readonly id: string;
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

function embedded<Data>(html: string, id: string): Data {
  const [, json] = new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, "s").exec(html)!;
  return JSON.parse(json!) as Data;
}

/** Every series of every chart has its path, with a point for what it knows. */
function expectAllDrawn(html: string): void {
  const charts = embedded<EmbeddedChart[]>(html, "charts");
  expect(charts.length).toBeGreaterThan(5);
  for (const { id, series } of charts) {
    const [svg] = new RegExp(`<svg [^>]*data-chart="${id}".*?</svg>`, "s").exec(html)!;
    expect(series.length).toBeGreaterThan(0);
    for (const { name, values } of series) {
      const path = [...svg.matchAll(/<path data-series="([^"]*)"[^>]* d="([^"]*)"/g)].find(
        ([, drawn]) => drawn === name.replaceAll("&", "&amp;"),
      );
      expect([id, name, path === undefined]).toEqual([id, name, false]);
      if (values.some((value) => value !== null)) expect([id, name, path![2]!.length > 3]).toEqual([id, name, true]);
      expect([id, name, /NaN|Infinity|undefined/.test(path![2]!)]).toEqual([id, name, false]);
    }
  }
}

test("the report holds the run's JSON, and every series is drawn", () => {
  const result = run();
  const html = reportHtml(result);
  expect(embedded(html, "run")).toEqual(JSON.parse(JSON.stringify(result)));
  expectAllDrawn(html);
  expect(embedded<EmbeddedChart[]>(html, "charts").map(({ id }) => id)).toEqual(
    expect.arrayContaining(["account-concurrency", "f0-latency", "f0-curve", "f1-throttles", "f1-cold", "f2-age"]),
  );
});

test("the report is one file: it asks nobody for anything, and names are text", () => {
  const html = reportHtml(run());
  expect(html).not.toMatch(/(src|href)=|@import|url\(|https?:\/\//);
  expect(html).toContain("a &lt;name&gt; &amp; 'more'");
  expect(html).not.toContain("<name>");
});

test("limits are lines where they are near, and words where they are far above", () => {
  const html = reportHtml(run());
  expect(html).toMatch(/class="limit-name"[^>]*>reserved 3</);
  const far = reportHtml(run(1, SCENARIO.replace("120", "9000")));
  expect(far).toContain("account limit 9,000, far above");
});

test("a comparison overlays both runs, whatever their intervals and functions", () => {
  const a = run();
  const b = run(2, `${SCENARIO.replaceAll("20s", "5m")}`);
  expect(b.intervalMs).toBeGreaterThan(a.intervalMs);
  const html = compareHtml({ a, b });
  expectAllDrawn(html);
  expect([embedded<RunResult>(html, "a").seed, embedded<RunResult>(html, "b").seed]).toEqual([1, 2]);
  const other = compareHtml({ a, b: run(2, SCENARIO.replaceAll("third", "fourth")) });
  expect(other).toContain("Only in A.");
  expect(other).toContain("Only in B.");
});

test("axes have round ticks that hold every value", () => {
  const pixels = { from: 100, to: 0 };
  expect(linearScale(7, pixels).ticks).toEqual([0, 2, 4, 6, 8]);
  expect(linearScale(190_000, pixels, "ms").ticks.map(time)).toEqual(["0 ms", "60 s", "2 min", "3 min", "4 min"]);
  expect(linearScale(0, pixels).at(0)).toBe(100);
  const log = logScale({ from: 3, to: 2_500 }, pixels);
  expect(log.ticks).toEqual(
    [3, 10, 30, 100, 300, 1_000].filter((tick) => log.ticks.includes(tick)).concat(log.ticks.filter((tick) => tick > 1_000)),
  );
  expect(log.at(2_500)).toBeGreaterThanOrEqual(0);
  expect(log.at(3)).toBeLessThanOrEqual(100);
  expect(timeTicks(60_000).map((tick) => clock(tick, 60_000))).toEqual(["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00"]);
});

test("figures are as people read them", () => {
  expect([0, 3, 99.6, 1_234, 2_345_678].map(count)).toEqual(["0", "3", "99.6", "1,234", "2.35 M"]);
  expect([0, 0.5, 12.34, 1_500, 180_000, 7_200_000].map(time)).toEqual(["0 ms", "500 µs", "12.3 ms", "1.5 s", "3 min", "2 h"]);
  expect(clock(5_432_000, 7_200_000)).toBe("1:30:32");
});
