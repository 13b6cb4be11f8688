import type { Leaf } from "./leaf.ts";

/** In which element of which arrays a value lies: array number -> index. */
export type Membership = ReadonlyMap<number, number>;

/** Of a value that lies in no array of objects. */
export const NOWHERE: Membership = new Map();

/** One value of an event. */
export interface Field {
  readonly value: Leaf;
  readonly membership: Membership;
}

/** Values by the names of the keys that lead to them, joined by dots. */
export type Fields = ReadonlyMap<string, readonly Field[]>;

/** Arrays in arrays deeper than this are not looked into: a message must not exhaust the stack. */
const ARRAY_DEPTH_MAX = 500;

/** Reads the values whose names begin with one of `wanted`: every name that a pattern uses, and all its beginnings. */
export function fieldsOf(event: object, wanted: ReadonlySet<string>): Fields {
  const fields = new Map<string, Field[]>();
  let arrays = 0;
  const visit = (name: string, value: unknown, membership: Membership): void => {
    if (Array.isArray(value)) {
      if (membership.size >= ARRAY_DEPTH_MAX) return;
      const array = arrays;
      arrays += 1;
      for (const [index, element] of value.entries())
        visit(name, element, isLeaf(element) ? membership : new Map(membership).set(array, index));
    } else if (isLeaf(value)) {
      const known = fields.get(name);
      if (known === undefined) fields.set(name, [{ value, membership }]);
      else known.push({ value, membership });
    } else if (typeof value === "object") {
      enter(`${name}.`, value as object, membership);
    }
  };
  const enter = (prefix: string, object: object, membership: Membership): void => {
    for (const [key, value] of Object.entries(object)) {
      const name = prefix + key;
      if (wanted.has(name)) visit(name, value, membership);
    }
  };
  enter("", event, NOWHERE);
  return fields;
}

/** Both memberships together; `undefined` when they name different elements of one array. */
export function joined(one: Membership, other: Membership): Membership | undefined {
  if (other.size === 0) return one;
  if (one.size === 0) return other;
  const both = new Map(one);
  for (const [array, index] of other) {
    const known = both.get(array);
    if (known !== undefined && known !== index) return undefined;
    both.set(array, index);
  }
  return both;
}

/** Each membership once. */
export function distinct(memberships: readonly Membership[]): readonly Membership[] {
  if (memberships.length < 2) return memberships;
  return [...new Map(memberships.map((membership) => [keyOf(membership), membership])).values()];
}

function keyOf(membership: Membership): string {
  if (membership.size === 0) return "";
  return [...membership]
    .toSorted(([one], [other]) => one - other)
    .map(([array, index]) => `${array}:${index}`)
    .join(" ");
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
