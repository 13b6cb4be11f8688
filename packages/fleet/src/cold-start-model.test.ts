import { expect, test } from "@jest/globals";
import { parseColdStartDocument } from "./cold-start-document.ts";
import { publishedColdStarts, sampleColdStart, type ColdStartSubject } from "./cold-start-model.ts";
import { quantile } from "./distribution.ts";
import { seededRandom } from "./seeded-random.ts";

const node: ColdStartSubject = { runtime: "nodejs24.x", memorySizeMb: 128, architecture: "x86_64" };

function initAt(uniform: number, subject: ColdStartSubject): number {
  return sampleColdStart(publishedColdStarts, subject, () => uniform).initMs;
}

test("a lognormal meets its median and its p99, and its tail stays finite", () => {
  const distribution = { kind: "lognormal", medianMs: 140, p99Ms: 560 } as const;
  expect(quantile(distribution, 0.5)).toBeCloseTo(140, 6);
  expect(quantile(distribution, 0.99)).toBeCloseTo(560, 4);
  expect(quantile(distribution, 0.01)).toBeCloseTo(35, 4);
  expect(quantile(distribution, 0)).toBeGreaterThan(0);
  expect(quantile(distribution, 1)).toBeLessThan(2_000);
  expect(quantile({ kind: "lognormal", medianMs: 0, p99Ms: 0 }, 0.7)).toBe(0);
});

test("measured percentiles are joined by straight lines and end at the first and the last", () => {
  const points = [
    { percentile: 50, ms: 100 },
    { percentile: 90, ms: 200 },
    { percentile: 99, ms: 500 },
  ];
  const at = (uniform: number): number => quantile({ kind: "percentiles", points }, uniform);
  expect([at(0), at(0.5), at(0.7), at(0.9), at(0.999)]).toEqual([100, 100, 150, 200, 500]);
});

test.each([
  ["provided.al2023", 15, 80],
  ["python3.14", 70, 130],
  ["nodejs24.x", 110, 180],
  ["ruby3.4", 110, 250],
  ["java21", 180, 600],
  ["dotnet8", 180, 300],
])("the published median of %s lies within what was published", (runtime, least, most) => {
  for (const memorySizeMb of [128, 512]) {
    const median = initAt(0.5, { ...node, runtime, memorySizeMb });
    expect(median).toBeGreaterThanOrEqual(least);
    expect(median).toBeLessThanOrEqual(most);
  }
});

test("the published tail is two to five medians, wider and longer with less memory, and ends before the init timeout", () => {
  for (const memorySizeMb of [128, 300, 1_024, 10_240]) {
    const ratio = initAt(0.99, { ...node, memorySizeMb }) / initAt(0.5, { ...node, memorySizeMb });
    expect(ratio).toBeGreaterThanOrEqual(2);
    expect(ratio).toBeLessThanOrEqual(5);
  }
  const p99s = [128, 256, 512, 1_024, 1_536].map((memorySizeMb) => initAt(0.99, { ...node, memorySizeMb }));
  expect(p99s).toEqual([...p99s].toSorted((a, b) => b - a));
  expect(new Set(p99s).size).toBe(p99s.length);
  expect(initAt(1, { ...node, runtime: "java21" })).toBeLessThan(10_000);
});

test("placement takes under 20 ms on average and is told apart from init", () => {
  const random = seededRandom(7);
  const samples = Array.from({ length: 5_000 }, () => sampleColdStart(publishedColdStarts, node, random));
  const mean = samples.reduce((sum, sample) => sum + sample.placementMs, 0) / samples.length;
  expect(mean).toBeGreaterThan(5);
  expect(mean).toBeLessThan(20);
  const inits = samples.map((sample) => sample.initMs).toSorted((a, b) => a - b);
  expect(inits[2_500]! / 145).toBeGreaterThan(0.93);
  expect(inits[2_500]! / 145).toBeLessThan(1.07);
});

test("the same seed draws the same cold starts, another seed draws others", () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => sampleColdStart(publishedColdStarts, node, random));
  };
  expect(draw(42)).toEqual(draw(42));
  expect(draw(42)).not.toEqual(draw(43));
});

test("a restore from a snapshot has its own table, and an image one of its own too", () => {
  expect(initAt(0.5, { ...node, runtime: "java21", snapStart: true })).toBeCloseTo(400, 0);
  expect(initAt(0.5, { ...node, runtime: "image" })).toBeCloseTo(200, 0);
});

test("a user's own document says the durations by runtime, architecture and memory", () => {
  const model = parseColdStartDocument({
    placement: 5,
    init: {
      "*": 200,
      "nodejs*": { median: 100, p99: 300 },
      "nodejs24.x": { 128: 400, 512: { p50: 200, p100: 200 } },
      "java21/arm64": 900,
    },
    restore: { "java*": 250 },
  });
  const draw = (subject: Partial<ColdStartSubject>) => sampleColdStart(model, { ...node, ...subject }, () => 0.5);
  expect(draw({}).placementMs).toBe(5);
  expect(draw({}).initMs).toBe(400);
  expect(draw({ memorySizeMb: 256 }).initMs).toBeCloseTo(300, 6);
  expect(draw({ memorySizeMb: 3_000 }).initMs).toBe(200);
  expect(draw({ runtime: "nodejs22.x" }).initMs).toBeCloseTo(100, 6);
  expect(draw({ runtime: "java21", architecture: "arm64" }).initMs).toBe(900);
  expect(draw({ runtime: "java21" }).initMs).toBe(200);
  expect(draw({ runtime: "java21", snapStart: true }).initMs).toBe(250);
  expect(draw({ runtime: "python3.14", snapStart: true }).initMs).toBe(200);
});

test("a runtime that a user's document leaves out is not delayed", () => {
  const model = parseColdStartDocument({ init: { python: 100 } });
  expect(sampleColdStart(model, node, () => 0.5)).toEqual({ placementMs: 0, initMs: 0 });
});

test.each([
  [[], "the document: expected an object"],
  [{}, "init: expected init durations by runtime"],
  [{ init: {}, warm: 1 }, "warm: expected placement, init or restore"],
  [{ init: { "Node JS": 1 } }, "init.Node JS: expected a runtime such as nodejs24.x, python* or java21/arm64"],
  [{ init: { "*": -1 } }, "init.*: expected milliseconds from 0 to 900000"],
  [{ init: { "*": "fast" } }, "init.*: expected an object"],
  [{ init: { "*": {} } }, "init.*: expected milliseconds, median and p99, or percentiles"],
  [{ init: { "*": { median: 10 } } }, "init.*.p99: expected milliseconds from 0 to 900000"],
  [{ init: { "*": { median: 10, p99: 5 } } }, "init.*.p99: expected no less than the median"],
  [{ init: { "*": { median: 10, p99: 50, p90: 20 } } }, "init.*.p90: expected median and p99"],
  [{ init: { "*": { p50: 10, q99: 50 } } }, "init.*.q99: expected median and p99, or percentiles such as p50, p90 and p99.9"],
  [{ init: { "*": { p50: 10, p99: 5 } } }, "init.*.p99: expected no less than the percentile before it"],
  [{ init: { "*": { 64: 10 } } }, "init.*.64: expected a memory size from 128 to 10240 MB"],
  [{ init: { "*": { 128: 10, large: 5 } } }, "init.*.large: expected a memory size from 128 to 10240 MB"],
])("a wrong document %j is refused with the place and what was expected", (document, message) => {
  expect(() => parseColdStartDocument(document)).toThrow(message);
});
