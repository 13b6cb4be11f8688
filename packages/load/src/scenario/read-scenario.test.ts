import { expect, test } from "@jest/globals";
import { scenarioOf } from "../testing/scenarios.ts";

const WHOLE = `
name: everything
description: all that a scenario can say
seed: 42
limits:
  accountConcurrency: 500
  scalingBurst: 50
  scalingPerSecond: 5
  idle: [5m, 15m]
  age: 2h
  idleHalving: 5m
  timeScale: 60
coldStart:
  init: { nodejs24.x: { median: 140, p99: 450 }, "*": 200 }
functions:
  hello: { duration: { median: 80ms, p99: 400ms }, reserved: 20, provisioned: 5, memory: 512, timeout: 5s, errorRate: 0.01 }
  mine: { folder: ./code, runtime: python3.13, handler: app.run, architecture: arm64 }
  short: { inline: "export const handler = () => 1;" }
  there: { existing: true }
  plain:
traffic:
  - to: hello
    payload: { a: [1, 2] }
    start: 10s
    phases:
      - { constant: 50, for: 1m }
      - { ramp: [0, 600/m], for: 2m }
      - { poisson: 5/s, for: 1h }
      - { burst: 200, within: 1s, for: 10s }
      - pause: 30s
      - { replay: trace.csv, unit: per-minute, column: count, speed: 60 }
  - { to: plain, via: async, phases: [{ burst: 3 }] }
  - { to: mine, via: sqs, source: { batchSize: 5, maximumConcurrency: 10, visibilityTimeout: 1m }, phases: [{ burst: 3 }] }
  - { to: short, via: kinesis, source: { shards: 2, parallelization: 3, batchWindow: 1s }, phases: [{ burst: 3 }] }
drain: 5m
`;

test("everything that a scenario can say is read", () => {
  const scenario = scenarioOf(WHOLE, { "trace.csv": "at,count\n1,60\n2,120\n" });
  expect(scenario).toMatchObject({ name: "everything", seed: 42, drainMs: 300_000 });
  expect(scenario.limits).toEqual({
    accountConcurrency: 500,
    scalingBurst: 50,
    scalingPerSecond: 5,
    idleMs: { min: 300_000, max: 900_000 },
    ageMs: { min: 7_200_000, max: 7_200_000 },
    idleHalvingMs: 300_000,
    timeScale: 60,
  });
  expect(scenario.coldStart.init.map(({ pattern }) => pattern)).toEqual(["nodejs24.x", "*"]);
  const [hello, mine, short, there, plain] = scenario.functions;
  expect(hello).toMatchObject({ name: "hello", reserved: 20, provisioned: 5, memoryMb: 512, timeoutMs: 5_000, errorRate: 0.01 });
  expect(hello!.duration).toEqual({ kind: "lognormal", medianMs: 80, p99Ms: 400 });
  expect(mine).toMatchObject({
    code: { kind: "folder", folder: "./code" },
    runtime: "python3.13",
    handler: "app.run",
    architecture: "arm64",
  });
  expect([short!.code, there!.code, plain!.code]).toEqual([
    { kind: "inline", text: "export const handler = () => 1;" },
    { kind: "existing" },
    { kind: "modelled" },
  ]);
  const [sync, async, sqs, kinesis] = scenario.traffic;
  expect(sync).toMatchObject({ function: "hello", via: { kind: "sync" }, startMs: 10_000, payload: '{"a":[1,2]}' });
  expect(sync!.phases).toEqual([
    { kind: "constant", rate: 50, forMs: 60_000 },
    { kind: "ramp", from: 0, to: 10, forMs: 120_000 },
    { kind: "poisson", rate: 5, forMs: 3_600_000 },
    { kind: "burst", count: 200, withinMs: 1_000, forMs: 10_000 },
    { kind: "pause", forMs: 30_000 },
    { kind: "counts", counts: [60, 120], eachMs: 1_000, forMs: 2_000 },
  ]);
  expect(async!.via).toEqual({ kind: "async" });
  expect(sqs!.via).toEqual({ kind: "sqs", batchSize: 5, batchWindowSeconds: 0, maximumConcurrency: 10, visibilitySeconds: 60 });
  expect(kinesis!.via).toEqual({ kind: "kinesis", shards: 2, batchSize: 100, batchWindowSeconds: 1, parallelization: 3, keys: 1_000 });
});

test("durations are constant, lognormal, exponential, percentiles or samples", () => {
  const durationOf = (text: string): unknown =>
    scenarioOf(`functions: { f: { duration: ${text} } }\ntraffic: [{ to: f, phases: [{ burst: 1 }] }]`, { "d.txt": "10\n20.5\n" })
      .functions[0]!.duration;
  expect(durationOf("1.5s")).toEqual({ kind: "constant", ms: 1_500 });
  expect(durationOf("{ mean: 100ms }")).toEqual({ kind: "exponential", meanMs: 100 });
  expect(durationOf("{ p50: 10ms, p99.9: 1s }")).toEqual({
    kind: "percentiles",
    points: [
      { percentile: 50, ms: 10 },
      { percentile: 99.9, ms: 1_000 },
    ],
  });
  expect(durationOf("{ samples: d.txt }")).toEqual({ kind: "samples", samples: [10, 20.5] });
});

const wrong = (head: string, phases = "[{ burst: 1 }]"): string =>
  `functions:\n  hello: {}\n${head}\ntraffic:\n  - to: hello\n    phases: ${phases}\n`;

test.each([
  [
    "a misspelt key",
    wrong("limits: { accountConcurency: 5 }"),
    's.yaml, line 3: "accountConcurency" is no key of limits; did you mean "accountConcurrency"?',
  ],
  ["a key that is like no other", wrong("banana: 5"), 's.yaml, line 3: "banana" is no key of a scenario; keys: name, description, seed,'],
  [
    "a misspelt phase",
    wrong("", "[{ constnat: 5, for: 1m }]"),
    's.yaml, line 6: "constnat" is no key of a phase; did you mean "constant"?',
  ],
  ["a phase without its length", wrong("", "[{ constant: 5 }]"), 's.yaml, line 6: a phase of kind constant needs "for", such as for: 1m.'],
  [
    "a phase of two kinds",
    wrong("", "[{ constant: 5, burst: 5, for: 1m }]"),
    "s.yaml, line 6: a phase is either constant or burst: write two phases.",
  ],
  [
    "a key of another kind of phase",
    wrong("", "[{ constant: 5, for: 1m, speed: 2 }]"),
    's.yaml, line 6: "speed" has no meaning in a phase of kind constant.',
  ],
  ["a time without a unit", wrong("drain: 5"), "s.yaml, line 3: drain must be a time such as 200ms, 30s, 5m or 1h, not 5."],
  [
    "a rate that is none",
    wrong("", "[{ poisson: fast, for: 1m }]"),
    's.yaml, line 6: traffic.0.phases.0.poisson must be a rate such as 50 or 50/s (per second), at most 1000000/s, not "fast".',
  ],
  [
    "one end of a ramp",
    wrong("", "[{ ramp: 50, for: 1m }]"),
    "s.yaml, line 6: traffic.0.phases.0.ramp must be the rates at its two ends, such as [0, 500], not 50.",
  ],
  ["too few phases", wrong("", "[]"), "s.yaml, line 6: traffic.0.phases must be at least one phase, not []."],
  [
    "a trace that is not there",
    wrong("", "[{ replay: nowhere.csv }]"),
    "s.yaml, line 6: the trace nowhere.csv can't be read: no such file.",
  ],
  [
    "a function that is not there",
    "functions:\n  hello:\ntraffic:\n  - to: helo\n    phases: [{ burst: 1 }]",
    's.yaml, line 4: there is no function "helo" in this scenario; did you mean "hello"?',
  ],
  [
    "a name that is none",
    "functions:\n  'he llo': {}\ntraffic: []",
    's.yaml, line 2: "he llo" is no function name: letters, digits, - and _, at most 64.',
  ],
  [
    "two kinds of code",
    "functions:\n  hello:\n    folder: a\n    inline: b\ntraffic: []",
    "s.yaml, line 4: a function has either folder or inline.",
  ],
  [
    "a setting of a function that exists",
    "functions:\n  hello:\n    existing: true\n    reserved: 5\ntraffic: []",
    's.yaml, line 4: "reserved" is not changed on a function that exists: leave out "existing" or "reserved".',
  ],
  [
    "more reserved than there is",
    "functions:\n  hello: { reserved: 950 }\ntraffic: []",
    "s.yaml, line 2: hello would leave less than 100 of the account's 1000 unreserved.",
  ],
  [
    "more provisioned than reserved",
    "functions:\n  hello: { reserved: 5, provisioned: 6 }\ntraffic: []",
    "s.yaml, line 2: hello can't have more provisioned (6) than reserved (5).",
  ],
  [
    "a duration that falls",
    "functions:\n  hello: { duration: { median: 5ms, p99: 1ms } }\ntraffic: []",
    "s.yaml, line 2: p99 must be no less than the median.",
  ],
  [
    "a cold start that is none",
    wrong("coldStart:\n  init:\n    nodejs24.x: { median: 5, p99: 1 }"),
    "s.yaml, line 5: coldStart.init.nodejs24.x.p99: expected no less than the median.",
  ],
  [
    "a large batch without a window",
    wrong("").replace("to: hello", "to: hello\n    via: sqs\n    source: { batchSize: 100 }"),
    "s.yaml, line 7: a batchSize above 10 needs a batchWindow of at least 1s.",
  ],
  [
    "a source that has none",
    wrong("").replace("to: hello", "to: hello\n    source: {}"),
    's.yaml, line 6: "source" is for via: sqs and via: kinesis.',
  ],
  [
    "a way that is none",
    wrong("").replace("to: hello", "to: hello\n    via: asnyc"),
    's.yaml, line 6: traffic.0.via must be one of sync, async, sqs, kinesis (did you mean "async"?), not "asnyc".',
  ],
  [
    "a queue whose messages come back while they are worked on",
    "functions:\n  hello: { timeout: 1m }\ntraffic:\n  - { to: hello, via: sqs, source: { visibilityTimeout: 30s }, phases: [{ burst: 1 }] }",
    "s.yaml, line 4: the queue's visibilityTimeout of 30s is less than the timeout of hello, 1m: Lambda refuses that.",
  ],
  [
    "a misspelt runtime",
    "functions:\n  hello: { runtime: python3.133 }\ntraffic: []",
    's.yaml, line 2: "python3.133" is no runtime of Lambda; did you mean "python3.13"?',
  ],
  ["a runtime that is none", "functions:\n  hello: { runtime: cobol }\ntraffic: []", 's.yaml, line 2: "cobol" is no runtime of Lambda.'],
  ["two scenarios", `${wrong("")}---\n${wrong("")}`, "s.yaml, line 7: a file has one scenario, and here (---) a second begins."],
  ["no functions", "traffic: []", 's.yaml, line 1: the scenario needs "functions".'],
  ["no mapping", "- 1", "s.yaml, line 1: the scenario must be a mapping (a scenario), not [1]."],
  ["no YAML", "functions:\n  a: [1,\ntraffic: {", "s.yaml, line 3: this is no YAML: "],
  ["a key twice", "seed: 1\nseed: 2", "s.yaml, line 2: this is no YAML: Map keys must be unique."],
])("%s is one sentence that points at the line", (_what, text, message) => {
  expect(() => scenarioOf(text)).toThrow(message);
});
