/** First in, first out, at constant cost however long it is. */
export interface Fifo<Item> {
  push(item: Item): void;
  shift(): Item | undefined;
  readonly first: Item | undefined;
  readonly length: number;
}

/** An empty one. */
export function createFifo<Item>(): Fifo<Item> {
  let items: Item[] = [];
  let begin = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[begin];
      if (item === undefined) return undefined;
      begin += 1;
      if (begin > 1_024 && begin * 2 > items.length) {
        items = items.slice(begin);
        begin = 0;
      }
      return item;
    },
    get first() {
      return items[begin];
    },
    get length() {
      return items.length - begin;
    },
  };
}
