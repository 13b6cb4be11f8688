import { readFileSync } from "node:fs";
import { createAsyncMetrics } from "@lambdock/async-queue/metrics";
import { createGatewayMetrics } from "@lambdock/gateway/http/metrics-counters";
import { createPrometheus } from "@lambdock/metrics/prometheus";
import { createMappingMetrics } from "@lambdock/poller/metrics";
import { expect, test } from "@jest/globals";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

const file = new URL("../../../docs/grafana/lambdock.json", import.meta.url);
const dashboard = JSON.parse(readFileSync(file, "utf8")) as {
  readonly schemaVersion: number;
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly panels: readonly Panel[];
};
const panels = dashboard.panels.filter(({ type }) => type !== "row");

/** Every family that `/_lambdock/metrics` has, with the names of its samples. */
async function exported(): Promise<ReadonlySet<string>> {
  const registries = [createAsyncMetrics(), createMappingMetrics(), createGatewayMetrics({ emit: () => undefined }, Date.now)];
  const texts = [createPrometheus().text(undefined), ...(await Promise.all(registries.map(({ registry }) => registry.metrics())))];
  const names = texts.flatMap((text) =>
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) => {
      if (type === "histogram") return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
      return type === "summary" ? [`${name}_sum`, `${name}_count`] : [name!];
    }),
  );
  return new Set(names);
}

/** Names of metrics in an expression: words that select, or that stand before a range. */
function metricsOf(expression: string): string[] {
  return [...expression.matchAll(/\b([A-Za-z_:][\w:]*)\s*[{[]/g)].map(([, name]) => name!);
}

test("every metric of the Grafana dashboard is exported, and every panel shows some", async () => {
  const names = await exported();
  for (const { title, targets = [] } of panels) {
    expect([title, targets.length > 0]).toEqual([title, true]);
    for (const { expr } of targets) {
      const used = metricsOf(expr);
      expect([expr, used.length > 0]).toEqual([expr, true]);
      expect([expr, used.filter((name) => !names.has(name))]).toEqual([expr, []]);
    }
  }
  for (const { definition } of dashboard.templating.list)
    if (definition !== undefined) expect(names.has(/^label_values\((\w+), \w+\)$/.exec(definition)![1]!)).toBe(true);
});

test("every family of the invocation plane is on the dashboard", async () => {
  const shown = new Set(panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsOf(expr))));
  const families = [
    ...createPrometheus()
      .text(undefined)
      .matchAll(/^# TYPE (\S+) /gm),
  ].map(([, name]) => name!);
  const absent = families.filter((name) => !["", "_bucket", "_sum"].some((suffix) => shown.has(`${name}${suffix}`)));
  expect(absent).toEqual([]);
});

test("the dashboard is one that Grafana takes: ids are single, panels don't overlap, the data source is chosen", () => {
  expect(dashboard).toMatchObject({ uid: "lambdock", title: "Lambdock", schemaVersion: expect.any(Number), time: expect.anything() });
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect([title, gridPos.x >= 0 && gridPos.x + gridPos.w <= 24 && gridPos.w > 0 && gridPos.h > 0]).toEqual([title, true]);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect([title, taken.has(`${x},${y}`)]).toEqual([title, false]);
        taken.add(`${x},${y}`);
      }
  }
  const variables = new Set(dashboard.templating.list.map(({ name }) => name));
  for (const { targets = [] } of panels) {
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const { datasource, expr } of targets) {
      expect(datasource.uid).toBe("${datasource}");
      for (const [, name] of expr.matchAll(/\$(\w+)/g))
        expect([expr, name === "__rate_interval" || variables.has(name!)]).toEqual([expr, true]);
    }
  }
});
