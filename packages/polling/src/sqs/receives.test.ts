import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { receivesWanted } from "./receives.ts";

test.each([
  [{ concurrency: 5, batches: 0 }, 5],
  [{ concurrency: 2, batches: 0 }, 2],
  [{ concurrency: 5, batches: 4 }, 1],
  [{ concurrency: 5, batches: 5 }, 0],
  [{ concurrency: 2, batches: 5 }, 0],
  [{ concurrency: 1_000, batches: 10 }, 5],
  [{ concurrency: 1_000, batches: 400 }, 100],
])("without a window: %j wants %i", (hand, wanted) => {
  expect(receivesWanted({ ...hand, gathered: 0, batchSize: 10, gathers: false })).toBe(wanted);
});

test.each([
  [{ concurrency: 1, batches: 0, gathered: 0, batchSize: 100 }, 5],
  [{ concurrency: 1, batches: 0, gathered: 85, batchSize: 100 }, 2],
  [{ concurrency: 1, batches: 0, gathered: 99, batchSize: 100 }, 1],
  [{ concurrency: 2, batches: 2, gathered: 3, batchSize: 100 }, 0],
])("with a window: %j wants %i", (hand, wanted) => expect(receivesWanted({ ...hand, gathers: true })).toBe(wanted));

test("without a window there is a place for whatever the receives bring", () => {
  fc.assert(
    fc.property(fc.nat(2_000), fc.nat(2_000), (concurrency, batches) => {
      const wanted = receivesWanted({ concurrency, batches, gathered: 0, batchSize: 10, gathers: false });
      expect(wanted).toBeLessThanOrEqual(Math.max(0, concurrency - batches));
    }),
  );
});
