import { setImmediate as immediate } from "node:timers/promises";

/** Items after which a worker lets the event loop turn, for runs that never wait by themselves. */
const TURN = 16;

/** Runs over all items, at most that many at a time. Rejects with the first failure, once the running ones are done. */
export async function forEachBounded<Item>(items: Iterable<Item>, parallel: number, run: (item: Item) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    let count = 0;
    for (let next = iterator.next(); next.done !== true && failures.length === 0; next = iterator.next()) {
      if ((count += 1) % TURN === 0) await immediate();
      await run(next.value).catch((error: unknown) => void failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  if (failures.length > 0) throw failures[0];
}
