import { expect, test } from "@jest/globals";
import { answered, failures, functionError, ok, policy, read, records, virtualShard, type Script } from "./testing/virtual-shard.ts";
import { stateTooLarge, WINDOW_STATE_BYTES_MAX } from "./tumbling-window.ts";

const rules = policy({ tumblingWindowMs: 60_000 });
/** Counts its records in the state. */
const counting: Script = ({ numbers, window }) =>
  answered({ state: { n: ((JSON.parse(window!.state) as { n?: number }).n ?? 0) + numbers.length } });
const facts = (shard: { readonly invocations: readonly { readonly numbers: readonly string[]; readonly window?: object }[] }): unknown[] =>
  shard.invocations.map(({ numbers, window }) => ({ numbers, ...window }));

test("state goes from invocation to invocation, and an empty final one ends a window without more records", () => {
  const shard = virtualShard(rules, counting);
  shard.send(read(records(1, 2, { arrivedAt: 1_000 })));
  shard.run(1_000);
  shard.send(read(records(3, 1, { arrivedAt: 20_000 }), { caughtUpAt: 20_000 }));
  shard.run(59_999);
  expect(shard.checkpoints.at(-1)?.checkpoint).toEqual({ sequenceNumber: "3", window: { start: 0, state: '{"n":3}' } });
  shard.send(read([], { caughtUpAt: 60_000 }));
  shard.run(70_000);
  const window = { start: 0, end: 60_000, terminatedEarly: false };
  expect(facts(shard)).toEqual([
    { numbers: ["1", "2"], ...window, state: "{}", final: false },
    { numbers: ["3"], ...window, state: '{"n":2}', final: false },
    { numbers: [], ...window, state: '{"n":3}', final: true },
  ]);
  expect(shard.checkpoints.at(-1)?.checkpoint).toEqual({ sequenceNumber: "3" });
});

test("a batch holds records of one window, and the last of a window is final", () => {
  const shard = virtualShard(rules, counting);
  shard.send(read([...records(1, 2, { arrivedAt: 1_000 }), ...records(3, 1, { arrivedAt: 61_000 })]));
  shard.run(1_000);
  expect(facts(shard)).toEqual([
    { numbers: ["1", "2"], start: 0, end: 60_000, state: "{}", final: true, terminatedEarly: false },
    { numbers: ["3"], start: 60_000, end: 120_000, state: "{}", final: false, terminatedEarly: false },
  ]);
});

test("windows without any record are not invoked", () => {
  const shard = virtualShard(rules, counting);
  shard.send(read([], { caughtUpAt: 300_000 }));
  shard.run(400_000);
  expect(shard.invocations).toEqual([]);
});

test("an answer without state is an error and is retried with the state as it was", () => {
  const shard = virtualShard({ ...rules, retriesMax: 5 }, (invocation, nth) => (nth === 1 ? ok : counting(invocation, nth)));
  shard.send(read(records(1, 1)));
  shard.run(10_000);
  expect(shard.invocations.map(({ numbers, window }) => [numbers, window?.state])).toEqual([
    [["1"], "{}"],
    [["1"], "{}"],
  ]);
  expect(shard.effects).toContainEqual({ type: "result", result: "PROBLEM: Function call failed" });
});

test("a state of more than 1 MB ends the window early, and the next record begins anew", () => {
  const large = "x".repeat(WINDOW_STATE_BYTES_MAX);
  const shard = virtualShard(rules, (_, nth) => answered({ state: nth === 1 ? large : {} }));
  shard.send(read(records(1, 1, { arrivedAt: 1_000 })));
  shard.run(1_000);
  shard.send(read(records(2, 1, { arrivedAt: 2_000 })));
  shard.run(3_000);
  expect(shard.invocations.map(({ numbers, window }) => [numbers, window?.final, window?.terminatedEarly, window?.state.length])).toEqual([
    [["1"], false, false, 2],
    [[], true, true, large.length + 2],
    [["2"], false, false, 2],
  ]);
});

test("an answer that is no JSON has no state either", () => {
  const broken: Script = () => ({ kind: "answered", answer: "{", requestId: "r", executedVersion: "$LATEST" });
  const shard = virtualShard({ ...rules, retriesMax: 0 }, broken);
  shard.send(read(records(1, 1)));
  shard.run(1_000);
  expect(shard.discards.map(({ numbers, failure }) => [numbers, failure.last?.functionError])).toEqual([[["1"], null]]);
});

test("a batching window gathers the records of a tumbling window, and ends with it", () => {
  const shard = virtualShard({ ...rules, batchingWindowMs: 40_000 }, counting);
  shard.send(read(records(1, 1, { arrivedAt: 1_000 })));
  shard.run(39_999);
  expect(shard.invocations).toEqual([]);
  shard.run(50_000);
  shard.send(read(records(2, 1, { arrivedAt: 50_000 })));
  shard.send(read([], { caughtUpAt: 60_000 }));
  shard.run(60_000);
  expect(shard.invocations.map(({ at, numbers, window }) => [at, numbers, window?.final])).toEqual([
    [40_000, ["1"], false],
    [50_000, ["2"], true],
  ]);
});

test("a partial response keeps the state as it was", () => {
  const script: Script = (invocation, nth) => (nth === 1 ? failures("2") : counting(invocation, nth));
  const shard = virtualShard({ ...rules, partialResponses: true }, script);
  shard.send(read(records(1, 3)));
  shard.run(10_000);
  expect(shard.invocations.map(({ numbers, window }) => [numbers, window?.state])).toEqual([
    [["1", "2", "3"], "{}"],
    [["2", "3"], "{}"],
  ]);
});

test("windows that are switched off drop their state; the records go on", () => {
  const shard = virtualShard(rules, (invocation, nth) => (invocation.window === undefined ? ok : counting(invocation, nth)));
  shard.send(read(records(1, 1)));
  shard.run(100);
  shard.send({ type: "policy", policy: policy() });
  shard.send(read(records(2, 1)));
  shard.run(1_000);
  expect(shard.invocations.map(({ window }) => window === undefined)).toEqual([false, true]);
  expect(shard.checkpoints.at(-1)?.checkpoint).toEqual({ sequenceNumber: "2" });
});

test("an open window goes on after a restart", () => {
  const shard = virtualShard(rules, counting, { sequenceNumber: "3", window: { start: 0, state: '{"n":3}' } });
  shard.send(read(records(4, 1, { arrivedAt: 30_000 }), { caughtUpAt: 61_000 }));
  shard.run(62_000);
  expect(shard.invocations.map(({ numbers, window }) => [numbers, window?.state, window?.final])).toEqual([[["4"], '{"n":3}', true]]);
});

test("halves of a bisected batch keep the state, and only the last is final", () => {
  const shard = virtualShard({ ...rules, bisect: true }, (invocation, nth) => (nth === 1 ? functionError : counting(invocation, nth)));
  shard.send(read([...records(1, 4, { arrivedAt: 1_000 }), ...records(5, 1, { arrivedAt: 61_000 })]));
  shard.run(10_000);
  expect(shard.invocations.map(({ numbers, window }) => [numbers, window?.state, window?.final])).toEqual([
    [["1", "2", "3", "4"], "{}", true],
    [["1", "2"], "{}", false],
    [["3", "4"], '{"n":2}', true],
    [["5"], "{}", false],
  ]);
});

test("a final invocation that uses up its retries drops the state", () => {
  const shard = virtualShard({ ...rules, retriesMax: 1 }, (invocation, nth) =>
    invocation.window!.final ? functionError : counting(invocation, nth),
  );
  shard.send(read(records(1, 1)));
  shard.run(100);
  shard.send(read([], { caughtUpAt: 60_000, closed: true }));
  shard.run(100_000);
  expect(shard.invocations.filter(({ window }) => window?.final)).toHaveLength(2);
  expect(shard.discards).toEqual([]);
  expect(shard.work.window).toBeUndefined();
  expect(shard.effects.at(-1)).toEqual({ type: "finished" });
});

test("a final batch that is given up ends its window too", () => {
  const shard = virtualShard({ ...rules, retriesMax: 0 }, () => functionError);
  shard.send(read([...records(1, 1, { arrivedAt: 1_000 })], { caughtUpAt: 60_000 }));
  shard.run(1_000);
  expect(shard.discards.map(({ numbers }) => numbers)).toEqual([["1"]]);
  shard.run(300_000);
  expect(shard.invocations).toHaveLength(1);
  expect(shard.work.window).toBeUndefined();
});

test("records too old leave a final batch, which takes place with what remains", () => {
  const shard = virtualShard({ ...rules, recordAgeMaxMs: 70_000 }, counting, {
    sequenceNumber: "0",
    window: { start: 0, state: '{"n":1}' },
  });
  shard.run(100_000);
  shard.send(read([...records(1, 1, { arrivedAt: 1_000 }), ...records(2, 1, { arrivedAt: 40_000 })], { caughtUpAt: 100_000 }));
  shard.run(101_000);
  expect(shard.discards.map(({ numbers }) => numbers)).toEqual([["1"]]);
  expect(shard.invocations.map(({ numbers, window }) => [numbers, window?.final])).toEqual([[["2"], true]]);
});

test.each([
  ["a", 1],
  ["é", 2],
  ["€", 3],
  ["😀", 4],
])("state is measured in UTF-8: %s has %i bytes", (character, bytes) => {
  const most = Math.floor(WINDOW_STATE_BYTES_MAX / bytes);
  expect(stateTooLarge(character.repeat(most))).toBe(false);
  expect(stateTooLarge(character.repeat(most + 1))).toBe(true);
});
