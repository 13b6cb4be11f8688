import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { backlogSize, emptyBacklog, enqueue, finishBatch, takeBatch, type FifoBacklog } from "./fifo-backlog.ts";

interface Message {
  readonly group: string;
  readonly n: number;
  readonly bytes: number;
  readonly visibleAt: number;
}

const message = (name: string, visibleAt = 1_000): Message => ({ group: name[0]!, n: Number(name.slice(1)), bytes: 300, visibleAt });
const names = (batch: readonly Message[] | undefined): string[] | undefined => batch?.map(({ group, n }) => `${group}${n}`);

function backlogOf(...given: string[]): FifoBacklog<Message> {
  const backlog = emptyBacklog<Message>();
  enqueue(
    backlog,
    given.map((name) => message(name)),
  );
  return backlog;
}

test("a batch holds several groups, each in its order", () => {
  const backlog = backlogOf("A1", "B1", "A2", "C1", "B2");
  expect(names(takeBatch(backlog, { batchSize: 10, now: 0 }))).toEqual(["A1", "A2", "B1", "B2", "C1"]);
  expect(backlogSize(backlog)).toBe(0);
});

test("a group that is at work waits, others do not", () => {
  const backlog = backlogOf("A1", "A2", "B1");
  const first = takeBatch(backlog, { batchSize: 1, now: 0 })!;
  expect(names(first)).toEqual(["A1"]);
  const second = takeBatch(backlog, { batchSize: 10, now: 0 })!;
  expect(names(second)).toEqual(["B1"]);
  expect(takeBatch(backlog, { batchSize: 10, now: 0 })).toBeUndefined();
  finishBatch(backlog, first, []);
  expect(names(takeBatch(backlog, { batchSize: 10, now: 0 }))).toEqual(["A2"]);
});

test("what waits behind a failure is given up: SQS hands it out again, in order", () => {
  const backlog = backlogOf("A1", "A2", "B1", "B2");
  const batch = takeBatch(backlog, { batchSize: 1, now: 0 })!;
  finishBatch(backlog, batch, batch);
  expect(names(takeBatch(backlog, { batchSize: 10, now: 0 }))).toEqual(["B1", "B2"]);
  expect(backlogSize(backlog)).toBe(0);
});

test("a message whose visibility has ended is given up with all behind it", () => {
  const backlog = emptyBacklog<Message>();
  enqueue(backlog, [message("A1", 5_000), message("A2", 1_000), message("A3", 5_000), message("B1", 900)]);
  expect(names(takeBatch(backlog, { batchSize: 10, now: 1_000 }))).toEqual(["A1"]);
  expect(backlogSize(backlog)).toBe(0);
});

test("a batch is never larger than an event, but takes one message whatever its size", () => {
  const backlog = emptyBacklog<Message>();
  enqueue(
    backlog,
    [1, 2, 3].map((n) => ({ group: "A", n, bytes: 3_000_000, visibleAt: 1 })),
  );
  expect(names(takeBatch(backlog, { batchSize: 10, now: 0 }))).toEqual(["A1", "A2"]);
});

test("groups never run twice at a time and keep their order, whatever succeeds or fails when", () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant("take" as const), size: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("finish" as const), which: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom("A", "B", "C", "D"), { maxLength: 40 }), fc.array(act), (groups, acts) => {
      const backlog = emptyBacklog<Message>();
      enqueue(
        backlog,
        groups.map((group, n) => message(`${group}${n}`)),
      );
      const running: (readonly Message[])[] = [];
      const seen = new Map<string, number>();
      for (const each of acts) {
        if (each.kind === "finish") {
          const [batch] = running.splice(each.which, 1);
          if (batch !== undefined) finishBatch(backlog, batch, []);
          continue;
        }
        const atWork = new Set(running.flat().map(({ group }) => group));
        const batch = takeBatch(backlog, { batchSize: each.size, now: 0 });
        if (batch === undefined) continue;
        expect(batch.length).toBeLessThanOrEqual(each.size);
        for (const { group, n } of batch) {
          expect(atWork.has(group)).toBe(false);
          expect(n).toBeGreaterThan(seen.get(group) ?? -1);
          seen.set(group, n);
        }
        running.push(batch);
      }
    }),
  );
});
