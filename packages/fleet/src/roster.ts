/** All environments and their pools: how one comes into being, and how it goes. */
import type { Admission } from "./admission.ts";
import { createExpiryHeap } from "./expiry-heap.ts";
import type { FleetEffect, FleetOptions } from "./fleet-protocol.ts";
import { sample } from "./lifetime.ts";
import { push, shift, unlink } from "./linked-list.ts";
import { createPool, poolKey, type Group, type Member, type Pool } from "./pool.ts";
import { createStarts, type Starts } from "./starts.ts";

/** A run for which an environment is made. */
interface ForRun {
  readonly runId: string;
  readonly spillover: boolean;
}

/** The fleet's environments. It changes them, and decides nothing about invocations. */
export class Roster<G extends Group> {
  readonly members = new Map<string, Member<G>>();
  /** On demand; those of provisioned concurrency are with their targets. */
  readonly pools = new Map<string, Pool<G>>();
  readonly starts: Starts<G>;
  /** Environments in use, by their greatest age. */
  readonly ages = createExpiryHeap<Member<G>>();
  readonly #options: FleetOptions;
  readonly #admission: Admission<G>;
  /** The same specification comes with most invocations: its key need not be put together again. */
  readonly #known = new WeakMap<G, Pool<G>>();
  readonly #poolsWithSpares = new Set<Pool<G>>();
  #spares = 0;

  constructor(options: FleetOptions, admission: Admission<G>) {
    this.#options = options;
    this.#admission = admission;
    this.starts = createStarts(options.limits.parallelStarts);
  }

  /** The group's on-demand pool, made when it is new, and in use from now on. */
  poolOf(group: G, now: number): Pool<G> {
    const known = this.#known.get(group);
    const pool = known === undefined || known.dropped ? this.#find(group, now) : known;
    pool.usedAt = now;
    return pool;
  }

  #find(group: G, now: number): Pool<G> {
    const key = poolKey(group);
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = createPool({ group, key, share: this.#admission.shareOf(group.functionArn) }, now);
      pool.share.pools += 1;
      this.pools.set(key, pool);
    }
    this.#known.set(group, pool);
    return pool;
  }

  /** Queues a new environment: for a run, as a provisioned one, or as a spare. */
  add(pool: Pool<G>, run: ForRun | undefined, now: number): void {
    const { limits, newId, random } = this.#options;
    const member: Member<G> = {
      id: newId(),
      pool,
      state: "queued",
      runId: run?.runId,
      claimedBy: undefined,
      spillover: run?.spillover ?? false,
      since: now,
      idleMs: sample(limits.idleMs, random),
      aged: false,
      generation: pool.allocation?.target.generation ?? 0,
      expiresAt: Number.POSITIVE_INFINITY,
      heapIndex: -1,
      list: undefined,
      before: undefined,
      after: undefined,
    };
    pool.members.add(member);
    this.members.set(member.id, member);
    if (run === undefined) pool.underway.add(member);
    this.starts.push(member);
  }

  /** From now on the environment ages. */
  beginAge(member: Member<G>, now: number): void {
    if (member.heapIndex >= 0) return;
    member.expiresAt = now + sample(this.#options.limits.ageMs, this.#options.random);
    this.ages.add(member);
  }

  /** An environment that is not at work stops. */
  leave(member: Member<G>, effects: FleetEffect<G>[]): void {
    this.#unlist(member);
    member.state = "leaving";
    effects.push({ type: "retire", environmentId: member.id });
  }

  /** Nothing is left of the environment. */
  forget(member: Member<G>): void {
    if (member.state === "queued") this.starts.remove(member);
    this.#unlist(member);
    member.pool.members.delete(member);
    this.members.delete(member.id);
    this.dropIfEmpty(member.pool);
  }

  #unlist(member: Member<G>): void {
    unlink(member);
    if (member.state === "spare") this.#countSpare(member.pool, -1);
    member.pool.underway.delete(member);
    this.ages.remove(member);
  }

  /** Forgets a pool that is of no more use. */
  dropIfEmpty(pool: Pool<G>): void {
    if (pool.members.size > 0 || pool.waiting.size > 0 || pool.dropped || pool.allocation !== undefined) return;
    pool.dropped = true;
    pool.share.pools -= 1;
    this.pools.delete(pool.key);
  }

  /** Keeps the function's spares at their number while it is in use and below its bound. */
  refill(pool: Pool<G>, now: number): void {
    const { environmentsPerFunction: bound } = this.#options.limits;
    if (pool.retired) return;
    const wanted = this.sparesWanted(pool, now);
    while (pool.spares.size + pool.underway.size < wanted && (bound === 0 || pool.members.size < bound)) this.add(pool, undefined, now);
  }

  /** The usual number; after a burst as many as that began, as far as other functions leave room for them. */
  sparesWanted(pool: Pool<G>, now: number): number {
    const { sparesPerFunction, spares } = this.#options.limits;
    if (sparesPerFunction === 0) return 0;
    const burst = pool.share.bursts.largest(now);
    if (burst <= sparesPerFunction) return sparesPerFunction;
    let others = 0;
    for (const other of this.pools.values()) if (!replaces(pool, other)) others += other.spares.size + other.underway.size;
    return Math.max(sparesPerFunction, Math.min(burst, spares - others));
  }

  /**
   * A made sandbox waits for a run. Past the bound for all functions, the spare of the function that
   * was unused for longest goes, of those that have more than the usual number if there are any.
   */
  keepSpare(member: Member<G>, now: number, effects: FleetEffect<G>[]): void {
    member.pool.underway.delete(member);
    member.state = "spare";
    member.since = now;
    push(member.pool.spares, member);
    this.#countSpare(member.pool, 1);
    if (this.#spares <= this.#options.limits.spares) return;
    this.leave(this.#leastInNeed(member.pool).spares.first!, effects);
  }

  #leastInNeed(pool: Pool<G>): Pool<G> {
    const rich = ({ spares }: Pool<G>): boolean => spares.size > this.#options.limits.sparesPerFunction;
    let least = pool;
    for (const other of this.#poolsWithSpares) {
      if (rich(other) === rich(least) ? other.usedAt < least.usedAt : rich(other)) least = other;
    }
    return least;
  }

  /** The spare that was made first. */
  takeSpare(pool: Pool<G>): Member<G> | undefined {
    const spare = shift(pool.spares);
    if (spare !== undefined) this.#countSpare(pool, -1);
    return spare;
  }

  /** The pool has one more now, or one less. */
  #countSpare(pool: Pool<G>, change: 1 | -1): void {
    this.#spares += change;
    if (pool.spares.size === 0) this.#poolsWithSpares.delete(pool);
    else this.#poolsWithSpares.add(pool);
  }
}

/** True for the pool itself and for older revisions of the same version, whose spares are about to go. */
function replaces<G extends Group>({ group }: Pool<G>, { group: other }: Pool<G>): boolean {
  return group.functionArn === other.functionArn && group.version === other.version;
}
