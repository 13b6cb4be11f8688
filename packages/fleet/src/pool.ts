/** The bookkeeping of one function version's environments. Only the fleet changes it. */

/** A function version at one revision: environments of different groups never mix. */
export interface Group {
  readonly functionArn: string;
  readonly version: string;
  readonly revision: string;
}

/** One environment. */
export interface Member<G extends Group> {
  readonly id: string;
  readonly pool: Pool<G>;
  state: "queued" | "creating" | "spare" | "idle" | "busy" | "finishing" | "leaving";
  runId: string | undefined;
  /** The run that waits for this environment to finish what it already answered. */
  claimedBy: string | undefined;
  since: number;
}

/** All environments of a group, and the runs that wait for one. */
export interface Pool<G extends Group> {
  readonly key: string;
  readonly group: G;
  readonly members: Map<string, Member<G>>;
  /** Most recently used last: the warmest is taken first, so that a quiet function shrinks. */
  readonly idle: Member<G>[];
  readonly spares: Member<G>[];
  /** Their caller has the answer, but the runtime has not asked for more yet. */
  readonly finishing: Member<G>[];
  /** Like those, but somebody has waited for them in vain. */
  readonly lingering: Member<G>[];
  /** Runs that wait because the function is at its bound. */
  readonly waiting: string[];
  retired: boolean;
  usedAt: number;
}

export function poolKey(group: Group): string {
  return `${group.functionArn}:${group.version}#${group.revision}`;
}

/** An empty pool. */
export function createPool<G extends Group>(group: G, now: number): Pool<G> {
  const lists = { idle: [], spares: [], finishing: [], lingering: [], waiting: [] };
  return { key: poolKey(group), group, members: new Map(), ...lists, retired: false, usedAt: now };
}

/** Takes the environment out of the lists of those that can be assigned. */
export function unlist<G extends Group>(member: Member<G>): void {
  remove(member.pool.idle, member);
  remove(member.pool.spares, member);
  remove(member.pool.finishing, member);
  remove(member.pool.lingering, member);
}

/** Environments that are being made, or wait to be, for nobody yet. */
export function sparesUnderway<G extends Group>(pool: Pool<G>): Member<G>[] {
  return [...pool.members.values()].filter(
    (member) => member.runId === undefined && (member.state === "queued" || member.state === "creating"),
  );
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
