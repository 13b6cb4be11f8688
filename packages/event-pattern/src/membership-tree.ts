import type { Membership } from "./fields.ts";

/**
 * Memberships by the arrays that they lie in, outermost first, so that those which agree with another
 * are found without looking at the rest: an event may have tens of thousands.
 */
export interface MembershipTree {
  /** The one that ends here. */
  end?: Membership;
  /** Array number -> index -> what lies deeper. */
  readonly arrays: Map<number, Map<number, MembershipTree>>;
}

/** A tree of them, each once. */
export function treeOf(memberships: Iterable<Membership>): MembershipTree {
  const root: MembershipTree = { arrays: new Map() };
  for (const membership of memberships) {
    let node = root;
    for (const [array, index] of membership) {
      const elements = node.arrays.get(array) ?? new Map<number, MembershipTree>();
      node.arrays.set(array, elements);
      const next = elements.get(index) ?? { arrays: new Map() };
      elements.set(index, next);
      node = next;
    }
    node.end = membership;
  }
  return root;
}

/** Those that name no other element of an array than `other` does; lazily, so that whoever wants one only pays for one. */
export function* agreeing(tree: MembershipTree, other: Membership): Generator<Membership> {
  if (tree.end !== undefined) yield tree.end;
  for (const [array, elements] of tree.arrays) {
    const index = other.get(array);
    if (index === undefined) for (const element of elements.values()) yield* agreeing(element, other);
    else if (elements.has(index)) yield* agreeing(elements.get(index)!, other);
  }
}
