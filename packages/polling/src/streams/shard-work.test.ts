import { describe, expect, test } from "@jest/globals";
import { batchesInFlight, oldestPendingAt, readLimit, shardState } from "./shard-figures.ts";
import { answered, failures, functionError, ok, policy, read, records, virtualShard, type Script } from "./testing/virtual-shard.ts";

const HOUR = 3_600_000;
const fine: Script = () => ok;
const numbersOf = (shard: { readonly invocations: readonly { readonly numbers: readonly string[] }[] }): (readonly string[])[] =>
  shard.invocations.map((invocation) => invocation.numbers);
const range = (first: number, last: number): string[] => Array.from({ length: last - first + 1 }, (_, index) => String(first + index));

describe("batches", () => {
  test("records are cut into batches of the batch size, one after the other", () => {
    const shard = virtualShard(policy({ batchSize: 3 }), fine);
    shard.send(read(records(1, 8)));
    shard.run(1_000);
    expect(numbersOf(shard)).toEqual([range(1, 3), range(4, 6), range(7, 8)]);
    expect(shard.invocations.map(({ at }) => at)).toEqual([0, 10, 20]);
    expect(shard.checkpoints.map(({ checkpoint }) => checkpoint.sequenceNumber)).toEqual(["3", "6", "8"]);
  });

  test("a batch is closed at 6 MB", () => {
    const shard = virtualShard(policy({ batchBytesMax: 30 }), fine);
    shard.send(read(records(1, 5, { bytes: 14 })));
    shard.run(1_000);
    expect(numbersOf(shard)).toEqual([["1", "2"], ["3", "4"], ["5"]]);
  });

  test("a record larger than a batch goes alone", () => {
    const shard = virtualShard(policy({ batchBytesMax: 30 }), fine);
    shard.send(read([...records(1, 1), ...records(2, 1, { bytes: 99 }), ...records(3, 1)]));
    shard.run(1_000);
    expect(numbersOf(shard)).toEqual([["1"], ["2"], ["3"]]);
  });

  test("the batching window gathers records of several reads, and the next begins when the invocation ends", () => {
    const shard = virtualShard(policy({ batchingWindowMs: 5_000 }), () => ({ ...ok, durationMs: 2_000 }));
    shard.send(read(records(1, 2)));
    shard.run(4_000);
    expect(shard.invocations).toEqual([]);
    shard.send(read(records(3, 1)));
    shard.run(6_000);
    shard.send(read(records(4, 1)));
    shard.run(11_999);
    expect(numbersOf(shard)).toEqual([["1", "2", "3"]]);
    shard.run(12_000);
    expect(shard.invocations.map(({ at, numbers }) => [at, numbers])).toEqual([
      [5_000, ["1", "2", "3"]],
      [12_000, ["4"]],
    ]);
  });

  test("a window that passes without records begins anew with the first one", () => {
    const shard = virtualShard(policy({ batchingWindowMs: 5_000 }), fine);
    shard.run(7_000);
    shard.send(read(records(1, 1)));
    shard.run(60_000);
    expect(shard.invocations.map(({ at }) => at)).toEqual([12_000]);
  });

  test("a full batch and a closed shard do not wait for the window", () => {
    const shard = virtualShard(policy({ batchSize: 2, batchingWindowMs: 60_000 }), fine);
    shard.send(read(records(1, 3)));
    shard.run(100);
    expect(numbersOf(shard)).toEqual([["1", "2"]]);
    shard.send(read([], { closed: true }));
    shard.run(200);
    expect(numbersOf(shard)).toEqual([["1", "2"], ["3"]]);
    expect(shard.effects.at(-1)).toEqual({ type: "finished" });
  });

  test("filtered records are not handed over and advance the checkpoint", () => {
    const shard = virtualShard(policy(), fine);
    shard.send(read(records(1, 4, { passes: false })));
    expect(shard.invocations).toEqual([]);
    expect(shard.checkpoints.at(-1)?.checkpoint).toEqual({ sequenceNumber: "4" });
    shard.send(read([...records(5, 1), ...records(6, 1, { passes: false })]));
    expect(shard.checkpoints).toHaveLength(1);
    shard.run(100);
    expect(shard.checkpoints.at(-1)?.checkpoint).toEqual({ sequenceNumber: "6" });
  });

  test("records that are read again are known", () => {
    const shard = virtualShard(policy(), fine);
    shard.send(read(records(1, 3)));
    shard.send(read(records(2, 4)));
    shard.run(100);
    expect(numbersOf(shard).flat()).toEqual(range(1, 5));
  });
});

describe("lanes", () => {
  test("keys are split over lanes, each of which works on one batch at a time", () => {
    const shard = virtualShard(policy({ lanes: 10, batchSize: 1 }), () => ({ ...ok, durationMs: 100 }));
    shard.send(read(records(1, 1_000)));
    expect(shard.invocations).toHaveLength(10);
    shard.run(HOUR);
    expect(new Set(numbersOf(shard).flat()).size).toBe(1_000);
    expect(shard.checkpoints.at(-1)?.checkpoint.sequenceNumber).toBe("1000");
  });

  test("a lane that fails holds back the checkpoint, not the other lanes", () => {
    const bad: Script = ({ keys }) => (keys.includes("poison") ? functionError : ok);
    const shard = virtualShard(policy({ lanes: 4, batchSize: 1 }), bad);
    shard.send(read([...records(1, 3), ...records(4, 1, { orderKey: "poison" }), ...records(5, 20)]));
    shard.run(500);
    expect(shard.checkpoints.at(-1)?.checkpoint.sequenceNumber).toBe("3");
    const done = new Set(numbersOf(shard).flat());
    expect(done.size).toBeGreaterThan(15);
    expect(shardState(shard.work)).toBe("retrying");
    expect(oldestPendingAt(shard.work)).toBe(0);
  });

  test("reading pauses when enough is held, and a blocked lane does not stop it at once", () => {
    const shard = virtualShard(policy({ lanes: 2, batchSize: 10 }), () => ({ ...functionError, durationMs: HOUR }));
    expect(readLimit(shard.work)).toBe(100);
    shard.send(read(records(1, 200)));
    expect(readLimit(shard.work)).toBe(0);
    const one = virtualShard(policy({ lanes: 2, batchSize: 10 }), () => ({ ...functionError, durationMs: HOUR }));
    one.send(read(records(1, 200, { orderKey: "same" })));
    expect(readLimit(one.work)).toBe(100);
    one.send(read(records(201, 20_000, { orderKey: "same" })));
    expect(readLimit(one.work)).toBe(0);
  });

  test("another parallelization factor is taken up once nothing is in flight, in order", () => {
    const shard = virtualShard(policy({ lanes: 4, batchSize: 1 }), () => ({ ...ok, durationMs: 100 }));
    shard.send(read(records(1, 40)));
    shard.send({ type: "policy", policy: policy({ lanes: 2, batchSize: 1 }) });
    const before = shard.invocations.length;
    shard.run(99);
    expect(shard.invocations).toHaveLength(before);
    shard.run(100);
    expect(shard.invocations).toHaveLength(before + 2);
    shard.run(HOUR);
    expect(new Set(numbersOf(shard).flat()).size).toBe(40);
    expect(numbersOf(shard).flat()).toHaveLength(40);
  });
});

describe("retries", () => {
  test("a failing batch blocks its lane and is tried eight times in a minute, then given up for age", () => {
    const shard = virtualShard(policy({ recordAgeMaxMs: 60_000 }), () => functionError);
    shard.send(read(records(1, 2)));
    shard.run(HOUR);
    expect(shard.invocations).toHaveLength(8);
    const gaps = shard.invocations.slice(1).map(({ at }, index) => at - shard.invocations[index]!.at);
    expect(gaps).toEqual([...gaps].sort((one, other) => one - other));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(15_100);
    expect(shard.discards).toEqual([
      { at: 60_001, numbers: ["1", "2"], failure: { condition: "RecordAgeExceeded", approximateInvokeCount: 8 } },
    ]);
    expect(shard.checkpoints.at(-1)?.checkpoint.sequenceNumber).toBe("2");
  });

  test.each([0, 1, 3])("with %i retries there is one invocation more, then the batch is given up", (retriesMax) => {
    const shard = virtualShard(policy({ retriesMax }), ({ numbers }) => (numbers.includes("1") ? functionError : ok));
    shard.send(read(records(1, 100)));
    shard.send(read(records(101, 1)));
    shard.run(HOUR);
    expect(shard.discards).toEqual([
      {
        at: shard.invocations[retriesMax]!.at + 10,
        numbers: range(1, 100),
        failure: {
          condition: "RetryAttemptsExhausted",
          approximateInvokeCount: retriesMax + 1,
          last: { requestId: "r", executedVersion: "$LATEST", functionError: "Unhandled" },
        },
      },
    ]);
    expect(numbersOf(shard).at(-1)).toEqual(["101"]);
    expect(shard.effects.filter(({ type }) => type === "result").at(-1)).toEqual({ type: "result", result: "OK" });
  });

  test("records that are too old before the first invocation are given up with a count of 1; younger ones go on", () => {
    const shard = virtualShard(policy({ recordAgeMaxMs: 60_000 }), fine);
    shard.run(100_000);
    shard.send(read([...records(1, 2, { arrivedAt: 30_000 }), ...records(3, 1, { arrivedAt: 90_000 })]));
    shard.run(200_000);
    expect(shard.discards).toEqual([
      { at: 100_000, numbers: ["1", "2"], failure: { condition: "RecordAgeExceeded", approximateInvokeCount: 1 } },
    ]);
    expect(numbersOf(shard)).toEqual([["3"]]);
  });

  test("throttles and service errors are no attempts", () => {
    const script: Script = (_, nth) => {
      if (nth === 1) return { kind: "throttled" };
      if (nth === 2) return { kind: "service-error", problem: "PROBLEM: Lambda internal error." };
      return nth === 3 ? functionError : ok;
    };
    const shard = virtualShard(policy({ retriesMax: 1 }), script);
    shard.send(read(records(1, 1)));
    shard.run(HOUR);
    expect(shard.invocations.map(({ at }) => at)).toEqual([0, 260, 770, 1_780]);
    expect(shard.discards).toEqual([]);
    const results = shard.effects.flatMap((effect) => (effect.type === "result" ? [effect.result] : []));
    expect(results).toEqual(["PROBLEM: Lambda internal error.", "PROBLEM: Function call failed", "OK"]);
  });

  test("bisecting halves in order until the poison record is alone, and splits are no attempts", () => {
    const shard = virtualShard(policy({ bisect: true, retriesMax: 1 }), ({ numbers }) => (numbers.includes("3") ? functionError : ok));
    shard.send(read(records(1, 5)));
    shard.run(HOUR);
    expect(numbersOf(shard)).toEqual([range(1, 5), range(1, 3), ["1", "2"], ["3"], ["3"], ["4", "5"]]);
    expect(shard.discards.map(({ numbers, failure }) => [numbers, failure.approximateInvokeCount])).toEqual([[["3"], 2]]);
    expect(shard.checkpoints.map(({ checkpoint }) => checkpoint.sequenceNumber)).toEqual(["2", "3", "5"]);
  });

  test("late answers to batches that are over change nothing", () => {
    const shard = virtualShard(policy(), fine);
    shard.send(read(records(1, 1)));
    shard.run(100);
    const before = shard.work;
    shard.send({ type: "invoked", batch: 1, outcome: functionError });
    shard.send({ type: "discarded", batch: 1 });
    expect(shard.work).toEqual(before);
  });
});

describe("partial batch responses", () => {
  test("recorded: six records, batches of three, the last one bad, three retries: it is seen five times and counts four", () => {
    const script: Script = ({ numbers }) => (numbers.includes("6") ? failures("6") : answered({ batchItemFailures: [] }));
    const shard = virtualShard(policy({ batchSize: 3, retriesMax: 3, partialResponses: true }), script);
    shard.send(read(records(1, 6)));
    shard.run(HOUR);
    expect(numbersOf(shard)).toEqual([range(1, 3), range(4, 6), ["6"], ["6"], ["6"], ["6"]]);
    expect(shard.invocations.filter(({ numbers }) => numbers.includes("6"))).toHaveLength(5);
    expect(shard.discards.map(({ numbers, failure }) => ({ numbers, ...failure }))).toEqual([
      {
        numbers: ["6"],
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 4,
        last: { requestId: "r", executedVersion: "$LATEST", functionError: null },
      },
    ]);
  });

  test("partial progress starts the count anew, whatever was used up before", () => {
    const script: Script = (_, nth) => failures(nth <= 2 ? "1" : "3");
    const shard = virtualShard(policy({ retriesMax: 2, partialResponses: true }), script);
    shard.send(read(records(1, 4)));
    shard.run(HOUR);
    expect(numbersOf(shard)).toEqual([range(1, 4), range(1, 4), range(1, 4), ["3", "4"], ["3", "4"], ["3", "4"]]);
    expect(shard.discards.map(({ numbers, failure }) => [numbers, failure.approximateInvokeCount])).toEqual([[["3", "4"], 3]]);
  });

  test("the lowest of several is where it goes on, and the checkpoint is before it", () => {
    const shard = virtualShard(policy({ partialResponses: true }), (_, nth) => (nth === 1 ? failures("9", "10", "4") : ok));
    shard.send(read(records(1, 12)));
    shard.run(500);
    expect(shard.checkpoints.map(({ checkpoint }) => checkpoint.sequenceNumber)).toEqual(["3"]);
    shard.run(HOUR);
    expect(numbersOf(shard)).toEqual([range(1, 12), range(4, 12)]);
  });

  test("with bisecting the batch is cut at the returned number, and halved when that is its first", () => {
    const script: Script = ({ numbers }) => (numbers.includes("4") ? failures("4") : ok);
    const shard = virtualShard(policy({ partialResponses: true, bisect: true, retriesMax: 0 }), script);
    shard.send(read(records(1, 7)));
    shard.run(HOUR);
    expect(numbersOf(shard)).toEqual([range(1, 7), range(4, 7), ["4", "5"], ["4"], ["5"], ["6", "7"]]);
    expect(shard.discards.map(({ numbers }) => numbers)).toEqual([["4"]]);
  });

  test("an answer that names unknown records fails the batch as a whole", () => {
    const shard = virtualShard(policy({ partialResponses: true, retriesMax: 0 }), () => failures("77"));
    shard.send(read(records(1, 2)));
    shard.run(HOUR);
    expect(shard.discards.map(({ numbers, failure }) => [numbers, failure.last?.functionError])).toEqual([[["1", "2"], null]]);
  });

  test("without ReportBatchItemFailures such an answer is success", () => {
    const shard = virtualShard(policy(), () => failures("1"));
    shard.send(read(records(1, 2)));
    shard.run(HOUR);
    expect(shard.invocations).toHaveLength(1);
  });
});

describe("what can be told", () => {
  test("batches in flight and the shard's state follow the work", () => {
    const shard = virtualShard(policy(), () => ({ ...ok, durationMs: 100 }));
    expect([shardState(shard.work), oldestPendingAt(shard.work)]).toEqual(["reading", undefined]);
    shard.send(read(records(1, 3)));
    expect(batchesInFlight(shard.work)).toBe(1);
    shard.send(read([], { closed: true }));
    expect([shardState(shard.work), readLimit(shard.work)]).toEqual(["draining", 0]);
    shard.run(200);
    expect([shardState(shard.work), batchesInFlight(shard.work)]).toEqual(["finished", 0]);
  });

  test("large records fill the memory that a shard may take before many do", () => {
    const shard = virtualShard(policy({ batchSize: 1_000 }), () => ({ ...ok, durationMs: HOUR }));
    shard.send(read(records(1, 40, { bytes: 1_024 * 1_024 })));
    shard.send(read(records(41, 32, { bytes: 1_024 * 1_024 })));
    expect(readLimit(shard.work)).toBe(0);
  });
});

test("a stream that was made anew is read although its sequence numbers are lower", () => {
  const shard = virtualShard(policy(), fine, { sequenceNumber: "900" });
  shard.send(read(records(1, 1)));
  expect(shard.invocations).toEqual([]);
  shard.send({ type: "rewound" });
  shard.send(read(records(1, 2)));
  shard.run(100);
  expect(numbersOf(shard)).toEqual([["1", "2"]]);
  expect(shard.checkpoints.at(-1)?.checkpoint).toEqual({ sequenceNumber: "2" });
});
