/** The bookkeeping of one function version's environments. Only the fleet changes it. */
import type { Expiring } from "./expiry-heap.ts";
import { createList, type Linked, type LinkedList } from "./linked-list.ts";
import type { Allocation } from "./provisioned-target.ts";
import type { Share } from "./share.ts";

/** A function version at one revision: environments of different groups never mix. */
export interface Group {
  readonly functionArn: string;
  readonly version: string;
  readonly revision: string;
  /** Its environments are restored, not initialized. */
  readonly snapStart?: true;
}

/** One environment. */
export interface Member<G extends Group> extends Linked<Member<G>>, Expiring {
  readonly id: string;
  readonly pool: Pool<G>;
  state: "queued" | "creating" | "spare" | "initializing" | "idle" | "busy" | "finishing" | "leaving";
  /** The run that it serves, or is being made for. */
  runId: string | undefined;
  /** The run that waits for this environment to finish what it already answered. */
  claimedBy: string | undefined;
  /** The run above runs on demand because what is provisioned is used up. */
  spillover: boolean;
  /** When its state began. */
  since: number;
  /** So long it may be idle. */
  readonly idleMs: number;
  /** It has reached its greatest age: it goes as soon as it may. */
  aged: boolean;
  /** Which allocation of its target it was made for. */
  readonly generation: number;
}

/** A run that waits for an environment or for room. */
export interface Waiting<G extends Group> {
  readonly runId: string;
  readonly group: G;
  readonly spillover: boolean;
}

/** All environments of a group, on demand or provisioned for one target, and the runs that wait for one. */
export interface Pool<G extends Group> extends Linked<Pool<G>> {
  readonly key: string;
  readonly group: G;
  /** The function's part of its account's concurrency. */
  readonly share: Share<G>;
  /** How far what is provisioned has come; its environments are on demand when absent. */
  readonly allocation: Allocation<G> | undefined;
  readonly members: Set<Member<G>>;
  /** Most recently used last: the warmest is taken first, so that a quiet function shrinks. */
  readonly idle: LinkedList<Member<G>>;
  readonly spares: LinkedList<Member<G>>;
  /** Their caller has the answer, but the runtime has not asked for more yet. */
  readonly finishing: LinkedList<Member<G>>;
  /** Like those, but somebody has waited for them in vain. */
  readonly lingering: LinkedList<Member<G>>;
  /** A run waits for them, and their making has not begun. */
  readonly queued: LinkedList<Member<G>>;
  /** Being made, or to be made, for nobody yet. */
  readonly underway: Set<Member<G>>;
  /** Runs that wait because the function is at its bound. */
  readonly waiting: Set<Waiting<G>>;
  retired: boolean;
  /** Nothing is left of it, and it is in no table any more. */
  dropped: boolean;
  usedAt: number;
  /** When its idle environments were last halved, or it was made. */
  halvedAt: number;
}

export function poolKey(group: Group): string {
  return `${group.functionArn}:${group.version}#${group.revision}`;
}

/** What a pool is made for. */
export interface PoolFacts<G extends Group> {
  readonly group: G;
  readonly key: string;
  readonly share: Share<G>;
  readonly allocation?: Allocation<G>;
}

/** An empty pool. */
export function createPool<G extends Group>({ group, key, share, allocation }: PoolFacts<G>, now: number): Pool<G> {
  return {
    key,
    group,
    share,
    allocation,
    members: new Set(),
    idle: createList(),
    spares: createList(),
    finishing: createList(),
    lingering: createList(),
    queued: createList(),
    underway: new Set(),
    waiting: new Set(),
    retired: false,
    dropped: false,
    usedAt: now,
    halvedAt: now,
    list: undefined,
    before: undefined,
    after: undefined,
  };
}

/** Takes the item that was put in first. */
export function takeFirst<T>(set: Set<T>): T | undefined {
  if (set.size === 0) return undefined;
  const first = set.values().next().value!;
  set.delete(first);
  return first;
}
