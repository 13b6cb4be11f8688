import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createExpiryHeap, type Expiring } from "@lambdock/fleet/expiry-heap";

test("over random histories gives out what has ended, first what ended first, and nothing that was taken out", () => {
  const action = fc.record({ kind: fc.constantFrom("add", "add", "remove", "take"), at: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (script) => {
      const heap = createExpiryHeap<Expiring>();
      let held: Expiring[] = [];
      for (const { kind, at } of script) {
        if (kind === "add") {
          const item: Expiring = { expiresAt: at, heapIndex: -1 };
          heap.add(item);
          held.push(item);
        } else if (kind === "remove" && held.length > 0) {
          const item = held[at % held.length]!;
          heap.remove(item);
          heap.remove(item);
          held = held.filter((each) => each !== item);
        } else if (kind === "take") {
          const ended = held.map(({ expiresAt }) => expiresAt).filter((each) => each <= at);
          const item = heap.takeExpired(at);
          expect(item?.expiresAt).toBe(ended.length === 0 ? undefined : Math.min(...ended));
          held = held.filter((each) => each !== item);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
