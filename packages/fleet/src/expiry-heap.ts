/** Which of many ends first: a binary heap whose items know their place, so that any can be taken out. */

/** What an item of the heap carries. */
export interface Expiring {
  /** Instant of its end; does not change while it is in the heap. */
  expiresAt: number;
  /** Its place in the heap, -1 when it is in none. */
  heapIndex: number;
}

/** Every operation takes a time that grows with the logarithm of the number of items. */
export interface ExpiryHeap<T extends Expiring> {
  add(item: T): void;
  /** Takes the item out, if it is in. */
  remove(item: T): void;
  /** Takes out the item that ends first, if it has ended by now. */
  takeExpired(now: number): T | undefined;
}

/** An empty heap. */
export function createExpiryHeap<T extends Expiring>(): ExpiryHeap<T> {
  const items: T[] = [];

  const put = (item: T, index: number): void => {
    items[index] = item;
    item.heapIndex = index;
  };

  const rise = (item: T, from: number): void => {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (items[parent]!.expiresAt <= item.expiresAt) break;
      put(items[parent]!, index);
      index = parent;
    }
    put(item, index);
  };

  const sink = (item: T, from: number): void => {
    let index = from;
    for (let child = 2 * index + 1; child < items.length; child = 2 * index + 1) {
      if (child + 1 < items.length && items[child + 1]!.expiresAt < items[child]!.expiresAt) child += 1;
      if (items[child]!.expiresAt >= item.expiresAt) break;
      put(items[child]!, index);
      index = child;
    }
    put(item, index);
  };

  const remove = (item: T): void => {
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = items.pop()!;
    if (last === item) return;
    sink(last, index);
    rise(last, last.heapIndex);
  };

  return {
    add: (item) => rise(item, items.length),
    remove,
    takeExpired(now) {
      const [first] = items;
      if (first === undefined || first.expiresAt > now) return undefined;
      remove(first);
      return first;
    },
  };
}
