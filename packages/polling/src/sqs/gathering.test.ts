import { expect, test } from "@jest/globals";
import { SYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import fc from "fast-check";
import { gather, regather, tooLarge, type BatchRules, type OpenBatch } from "./gathering.ts";

interface Numbered {
  readonly n: number;
  readonly bytes: number;
}

const some = (count: number, bytes = 300): Numbered[] => Array.from({ length: count }, (_, n) => ({ n, bytes }));
const sizes = (batches: readonly (readonly Numbered[])[]): number[] => batches.map(({ length }) => length);

test("without a window what one receive brought is a batch", () => {
  const rules = { batchSize: 10, windowMs: 0 };
  const { closed, open } = gather(undefined, some(3), { rules, now: 0 });
  expect(sizes(closed)).toEqual([3]);
  expect(open).toBeUndefined();
});

test("a batch closes when it is full, and the rest begins the next with a window of its own", () => {
  const rules = { batchSize: 20, windowMs: 1_000 };
  const first = gather(undefined, some(10), { rules, now: 0 });
  expect(first).toMatchObject({ closed: [], open: { dueAt: 1_000 } });
  const second = gather(first.open, some(10), { rules, now: 100 });
  expect(sizes(second.closed)).toEqual([20]);
  expect(second.open).toBeUndefined();
  const third = gather(gather(undefined, some(15), { rules, now: 100 }).open, some(10), { rules, now: 300 });
  expect(sizes(third.closed)).toEqual([20]);
  expect(third.open).toMatchObject({ dueAt: 1_300, messages: { length: 5 } });
});

test("a batch closes when its window is over, with nothing new", () => {
  const rules = { batchSize: 20, windowMs: 1_000 };
  const { open } = gather(undefined, some(4), { rules, now: 0 });
  expect(gather(open, [], { rules, now: 999 })).toMatchObject({ closed: [], open: { dueAt: 1_000 } });
  expect(sizes(gather(open, [], { rules, now: 1_000 }).closed)).toEqual([4]);
});

test("under changed rules an open batch is due after the new window, counted from its first message, and no larger than the new size", () => {
  const { open } = gather(undefined, some(7), { rules: { batchSize: 100, windowMs: 60_000 }, now: 1_000 });
  expect(regather(open!, { batchSize: 100, windowMs: 5_000 })).toMatchObject({ closed: [], open: { dueAt: 6_000 } });
  expect(sizes(regather(open!, { batchSize: 10, windowMs: 0 }).closed)).toEqual([7]);
  const smaller = regather(open!, { batchSize: 3, windowMs: 5_000 });
  expect(sizes(smaller.closed)).toEqual([3, 3]);
  expect(smaller.open).toMatchObject({ dueAt: 6_000, messages: { length: 1 } });
});

test("no event is larger than 6 MB", () => {
  const rules = { batchSize: 10, windowMs: 0 };
  const { closed } = gather(undefined, some(10, 1_050_000), { rules, now: 0 });
  expect(sizes(closed)).toEqual([5, 5]);
  expect(tooLarge({ bytes: SYNC_PAYLOAD_BYTES_MAX - 14 })).toBe(false);
  expect(tooLarge({ bytes: SYNC_PAYLOAD_BYTES_MAX - 13 })).toBe(true);
});

test("every message is in exactly one batch, in its order, within size, bytes and window", () => {
  const arrival = fc.record({ afterMs: fc.nat(400), bytes: fc.array(fc.integer({ min: 1, max: 3_000_000 }), { maxLength: 10 }) });
  const anyRules = fc.record({ batchSize: fc.integer({ min: 1, max: 30 }), windowMs: fc.nat(2_000) });
  fc.assert(
    fc.property(anyRules, fc.array(arrival), (rules: BatchRules, arrivals) => {
      let now = 0;
      let count = 0;
      let open: OpenBatch<Numbered> | undefined;
      const closed: (readonly Numbered[])[] = [];
      for (const { afterMs, bytes } of arrivals) {
        now += afterMs;
        const messages = bytes.map((size) => ({ n: count++, bytes: size }));
        const gathered = gather(open, messages, { rules, now });
        closed.push(...gathered.closed);
        open = gathered.open;
        if (open !== undefined) expect(open.dueAt).toBeGreaterThan(now);
      }
      for (const batch of [...closed, open?.messages ?? []]) {
        expect(batch.length).toBeLessThanOrEqual(rules.batchSize);
        const total = batch.reduce((sum, message) => sum + message.bytes + 1, 13);
        if (batch.length > 0) expect(total).toBeLessThanOrEqual(SYNC_PAYLOAD_BYTES_MAX);
      }
      expect([...closed.flat(), ...(open?.messages ?? [])].map(({ n }) => n)).toEqual(Array.from({ length: count }, (_, n) => n));
    }),
  );
});
