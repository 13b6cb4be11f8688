/** A list that its items carry: putting in and taking out anywhere cost the same however long it is. */

/** What an item of a list carries. An item is in one list at most. */
export interface Linked<T> {
  list: LinkedList<T> | undefined;
  before: T | undefined;
  after: T | undefined;
}

/** Items in the order in which they were pushed. Only the functions below change it. */
export interface LinkedList<T> {
  first: T | undefined;
  last: T | undefined;
  size: number;
}

/** An empty list. */
export function createList<T extends Linked<T>>(): LinkedList<T> {
  return { first: undefined, last: undefined, size: 0 };
}

/** Puts the item, which is in no list, at the end. */
export function push<T extends Linked<T>>(list: LinkedList<T>, item: T): void {
  item.list = list;
  item.before = list.last;
  item.after = undefined;
  if (list.last === undefined) list.first = item;
  else list.last.after = item;
  list.last = item;
  list.size += 1;
}

/** Takes the item out of the list that it is in, if any. */
export function unlink<T extends Linked<T>>(item: T): void {
  const { list, before, after } = item;
  if (list === undefined) return;
  if (before === undefined) list.first = after;
  else before.after = after;
  if (after === undefined) list.last = before;
  else after.before = before;
  list.size -= 1;
  item.list = undefined;
  item.before = undefined;
  item.after = undefined;
}

/** Takes the item that was pushed first. */
export function shift<T extends Linked<T>>(list: LinkedList<T>): T | undefined {
  const { first } = list;
  if (first !== undefined) unlink(first);
  return first;
}

/** Takes the item that was pushed last. */
export function pop<T extends Linked<T>>(list: LinkedList<T>): T | undefined {
  const { last } = list;
  if (last !== undefined) unlink(last);
  return last;
}
