/**
 * What is due in virtual time, earliest first and, at one instant, in the order in which it was
 * asked for. A binary heap in typed arrays: an event costs no object.
 */
export class EventHeap {
  #at = new Float64Array(1_024);
  #order = new Float64Array(1_024);
  #kind = new Uint8Array(1_024);
  #subject = new Uint32Array(1_024);
  #size = 0;
  #next = 0;
  /** Of the event that was popped last. */
  at = 0;
  kind = 0;
  subject = 0;

  /** When the next event is due; Infinity when none is. */
  get nextAt(): number {
    return this.#size === 0 ? Infinity : this.#at[0]!;
  }

  push(at: number, kind: number, subject: number): void {
    if (this.#size === this.#at.length) this.#grow();
    const order = this.#next;
    this.#next += 1;
    let hole = this.#size;
    this.#size += 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      // What comes later is never before its parent at the same instant.
      if (this.#at[parent]! <= at) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, { at, order, kind, subject });
  }

  /** False when nothing is due any more; else `at`, `kind` and `subject` are the event's. */
  pop(): boolean {
    if (this.#size === 0) return false;
    this.at = this.#at[0]!;
    this.kind = this.#kind[0]!;
    this.subject = this.#subject[0]!;
    this.#size -= 1;
    if (this.#size > 0) this.#sink();
    return true;
  }

  /** The last leaf takes the root's place and sinks to its own. */
  #sink(): void {
    const last = this.#size;
    let hole = 0;
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.#before(child + 1, child)) child += 1;
      if (!this.#before(child, last)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#move(last, hole);
  }

  #before(one: number, other: number): boolean {
    const [a, b] = [this.#at[one]!, this.#at[other]!];
    return a < b || (a === b && this.#order[one]! < this.#order[other]!);
  }

  #move(from: number, to: number): void {
    this.#at[to] = this.#at[from]!;
    this.#order[to] = this.#order[from]!;
    this.#kind[to] = this.#kind[from]!;
    this.#subject[to] = this.#subject[from]!;
  }

  #put(place: number, event: { readonly at: number; readonly order: number; readonly kind: number; readonly subject: number }): void {
    this.#at[place] = event.at;
    this.#order[place] = event.order;
    this.#kind[place] = event.kind;
    this.#subject[place] = event.subject;
  }

  #grow(): void {
    const size = this.#at.length * 2;
    this.#at = copied(this.#at, new Float64Array(size));
    this.#order = copied(this.#order, new Float64Array(size));
    this.#kind = copied(this.#kind, new Uint8Array(size));
    this.#subject = copied(this.#subject, new Uint32Array(size));
  }
}

function copied<Values extends { set(from: Values): void }>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
