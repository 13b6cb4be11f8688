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

/** Two memberships that agree, together, as far as they speak of arrays that are kept. */
export function together(one: Membership, other: Membership, keep: (array: number) => boolean): Membership {
  if (one.size === 0 && other.size === 0) return NOWHERE;
  // Outer arrays have lower numbers than those within them.
  const entries = [...new Map([...one, ...other])].filter(([array]) => keep(array)).sort(([a], [b]) => a - b);
  return entries.length === 0 ? NOWHERE : new Map(entries);
}

/** A text that is the same for the same membership. */
export function keyOf(membership: Membership): string {
  return membership.size === 0 ? "" : [...membership].flat().join(" ");
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
