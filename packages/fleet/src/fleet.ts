/**
 * Which execution environment serves which invocation: one decision, in one place, without clocks
 * or I/O. The state is changed in place (a copy per invocation would cost more than the
 * invocation), but every transition is a function of state, event and `now`, and what shall happen
 * comes back as effects, so that the same code runs under virtual time.
 *
 * AWS: an invocation takes an idle environment of its function version if there is one, else a new
 * one is made for it; one environment serves one invocation at a time; who may
 * begin at all is decided in `admission.ts`. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
import { invariant } from "@lambdock/model/invariant";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import { createAdmission, mustReuse, type Admission } from "./admission.ts";
import type { Fleet, FleetEffect, FleetLimits } from "./fleet-protocol.ts";
import { createPool, poolKey, sparesUnderway, unlist, type Group, type Member, type Pool } from "./pool.ts";
import { createStarts, type Starts } from "./starts.ts";

/** An empty fleet. `newId` names environments. */
export function createFleet<G extends Group>(limits: FleetLimits, newId: () => string): Fleet<G> {
  return new PoolingFleet<G>(limits, newId);
}

/**
 * Between the answer and the runtime's next request lie a fraction of a millisecond, or, for a
 * function with a small share of the CPU, one period of the scheduler.
 */
const FINISH_PATIENCE_MS = 250;

class PoolingFleet<G extends Group> implements Fleet<G> {
  readonly #limits: FleetLimits;
  readonly #newId: () => string;
  readonly #pools = new Map<string, Pool<G>>();
  readonly #members = new Map<string, Member<G>>();
  readonly #starts: Starts<G>;
  readonly #admission: Admission;

  constructor(limits: FleetLimits, newId: () => string) {
    this.#limits = limits;
    this.#newId = newId;
    this.#starts = createStarts(limits.parallelStarts);
    this.#admission = createAdmission(limits.accountConcurrency);
  }

  get inFlight(): number {
    return this.#admission.inFlight;
  }

  get environments(): number {
    return this.#members.size;
  }

  invoke(group: G, runId: string, now: number): FleetEffect<G>[] {
    const share = this.#admission.shareOf(group.functionArn);
    const reason = this.#admission.admit(share);
    if (reason !== undefined) return [{ type: "throttle", runId, reason }];
    const pool = this.#pool(group, now);
    const full = mustReuse(share, pool.finishing.length + pool.lingering.length);
    const warm = full ? undefined : pool.idle.pop();
    if (warm !== undefined) return [this.#assign(warm, runId, false, now)];
    const finishing = pool.finishing.shift() ?? (full ? pool.lingering.shift() : undefined);
    if (finishing === undefined) return this.#invokeCold(pool, runId, now);
    // Who calls again the moment it has its answer is faster than the runtime's next request.
    finishing.claimedBy = runId;
    return [{ type: "patience", environmentId: finishing.id, runId, at: now + FINISH_PATIENCE_MS }];
  }

  impatient(environmentId: string, runId: string, now: number): FleetEffect<G>[] {
    const member = this.#members.get(environmentId);
    if (member === undefined || member.claimedBy !== runId) return [];
    member.claimedBy = undefined;
    const { pool } = member;
    const share = this.#admission.shareOf(pool.group.functionArn);
    if (!pool.retired) pool.lingering.push(member);
    if (!mustReuse(share, pool.finishing.length + pool.lingering.length)) return this.#invokeCold(pool, runId, now);
    // The function's reservation allows no environment beside those that finish.
    this.#admission.release(share);
    return [{ type: "throttle", runId, reason: "ReservedFunctionConcurrentInvocationLimitExceeded" }];
  }

  answered(environmentId: string): void {
    const member = this.#members.get(environmentId);
    if (member === undefined || member.state !== "busy") return;
    this.#release(member);
    member.state = "finishing";
    member.runId = undefined;
    if (!member.pool.retired) member.pool.finishing.push(member);
  }

  #invokeCold(pool: Pool<G>, runId: string, now: number): FleetEffect<G>[] {
    const spare = pool.spares.shift();
    if (spare !== undefined) return [this.#assign(spare, runId, true, now), ...this.#refill(pool, now)];
    const [unassigned] = sparesUnderway(pool);
    if (unassigned !== undefined) {
      // A spare that is still being made becomes this run's environment and gets its turn.
      unassigned.runId = runId;
      if (this.#starts.remove(unassigned)) this.#starts.push(unassigned);
      return [...this.#starts.begin(now), ...this.#refill(pool, now)];
    }
    const bound = this.#limits.environmentsPerFunction;
    if (bound > 0 && pool.members.size >= bound) {
      pool.waiting.push(runId);
      return [];
    }
    this.#add(pool, runId, now);
    return [...this.#starts.begin(now), ...this.#refill(pool, now)];
  }

  prepare(group: G, now: number): FleetEffect<G>[] {
    return this.#refill(this.#pool(group, now), now);
  }

  created(environmentId: string, now: number): FleetEffect<G>[] {
    const member = this.#members.get(environmentId);
    if (member === undefined || member.state !== "creating") return [];
    this.#starts.ended();
    if (member.pool.retired && member.runId === undefined) {
      member.state = "leaving";
      return [{ type: "retire", environmentId }, ...this.#starts.begin(now)];
    }
    const effects: FleetEffect<G>[] = [];
    if (member.runId === undefined) this.#becomeSpare(member, now, effects);
    else effects.push(this.#assign(member, member.runId, true, now));
    effects.push(...this.#starts.begin(now));
    return effects;
  }

  #becomeSpare(member: Member<G>, now: number, effects: FleetEffect<G>[]): void {
    const next = member.pool.waiting.shift();
    if (next !== undefined) {
      effects.push(this.#assign(member, next, true, now));
      return;
    }
    member.state = "spare";
    member.since = now;
    member.pool.spares.push(member);
    this.#evictSpare(effects);
  }

  idle(environmentId: string, now: number): FleetEffect<G>[] {
    this.answered(environmentId);
    const member = this.#members.get(environmentId);
    if (member === undefined || member.state !== "finishing") return [];
    unlist(member);
    const { pool, claimedBy } = member;
    member.claimedBy = undefined;
    member.state = "idle";
    member.since = now;
    pool.usedAt = now;
    if (pool.retired && claimedBy === undefined) {
      member.state = "leaving";
      return [{ type: "retire", environmentId }];
    }
    const next = claimedBy ?? pool.waiting.shift() ?? this.#takeOverQueuedRun(pool);
    if (next !== undefined) return [this.#assign(member, next, false, now)];
    pool.idle.push(member);
    return [];
  }

  /** A warm environment beats one whose making has not begun: that start is given up. */
  #takeOverQueuedRun(pool: Pool<G>): string | undefined {
    for (const candidate of pool.members.values()) {
      if (candidate.state !== "queued" || candidate.runId === undefined) continue;
      this.#starts.remove(candidate);
      this.#forget(candidate);
      return candidate.runId;
    }
    return undefined;
  }

  gone(environmentId: string, now: number): FleetEffect<G>[] {
    const member = this.#members.get(environmentId);
    if (member === undefined) return [];
    if (member.state === "creating") this.#starts.ended();
    const { pool, runId, state, claimedBy } = member;
    if (runId !== undefined) this.#release(member);
    this.#forget(member);
    if (claimedBy !== undefined) return this.#invokeCold(pool, claimedBy, now);
    // A run that waited at the function's bound: one place is free again.
    const next = pool.waiting.shift();
    if (next !== undefined) this.#add(pool, next, now);
    const abandoned: FleetEffect<G>[] = runId !== undefined && state !== "busy" ? [{ type: "abandon", environmentId, runId }] : [];
    return [...abandoned, ...this.#starts.begin(now)];
  }

  retire(functionArn: string, version: string, keepRevision: string | undefined, now: number): FleetEffect<G>[] {
    const effects: FleetEffect<G>[] = [];
    for (const pool of this.#pools.values()) {
      const { group } = pool;
      if (group.functionArn !== functionArn || group.version !== version || group.revision === keepRevision) continue;
      pool.retired = true;
      for (const member of pool.members.values()) this.#retireMember(member, effects);
      this.#dropIfEmpty(pool);
    }
    return [...effects, ...this.#starts.begin(now)];
  }

  #retireMember(member: Member<G>, effects: FleetEffect<G>[]): void {
    if (member.state === "queued" && member.runId === undefined) {
      this.#starts.remove(member);
      this.#forget(member);
    } else if (member.state === "idle" || member.state === "spare") {
      this.#leave(member, effects);
    }
    // Busy ones and those being made for a run finish it first; `idle` and `created` retire them.
  }

  reserve(table: ReservationTable): void {
    this.#admission.reserve(table);
  }

  reap(now: number): FleetEffect<G>[] {
    this.#admission.prune();
    const effects: FleetEffect<G>[] = [];
    for (const pool of this.#pools.values()) {
      for (const member of pool.idle.filter((candidate) => now - candidate.since >= this.#limits.idleMs)) this.#leave(member, effects);
      if (now - pool.usedAt >= this.#limits.idleMs) for (const member of [...pool.spares]) this.#leave(member, effects);
      this.#dropIfEmpty(pool);
    }
    return effects;
  }

  #release(member: Member<G>): void {
    this.#admission.release(this.#admission.shareOf(member.pool.group.functionArn));
  }

  #assign(member: Member<G>, runId: string, cold: boolean, now: number): FleetEffect<G> {
    invariant(member.state !== "busy", "an environment serves one invocation at a time");
    member.state = "busy";
    member.runId = runId;
    member.since = now;
    member.pool.usedAt = now;
    return { type: "assign", environmentId: member.id, runId, cold };
  }

  #add(pool: Pool<G>, runId: string | undefined, now: number): void {
    const member: Member<G> = { id: this.#newId(), pool, state: "queued", runId, claimedBy: undefined, since: now };
    // Its last environment may just have gone, and the pool with it.
    this.#pools.set(pool.key, pool);
    pool.members.set(member.id, member);
    this.#members.set(member.id, member);
    this.#starts.push(member);
  }

  /** Keeps the function's spares at their number while it is in use and below its bound. */
  #refill(pool: Pool<G>, now: number): FleetEffect<G>[] {
    const { sparesPerFunction, environmentsPerFunction: bound } = this.#limits;
    if (pool.retired) return [];
    let ready = pool.spares.length + sparesUnderway(pool).length;
    while (ready < sparesPerFunction && (bound === 0 || pool.members.size < bound)) {
      this.#add(pool, undefined, now);
      ready += 1;
    }
    return this.#starts.begin(now);
  }

  /** Past the bound for all functions, the spare of the function that was unused for longest goes. */
  #evictSpare(effects: FleetEffect<G>[]): void {
    const all = [...this.#pools.values()].flatMap((pool) => pool.spares);
    if (all.length <= this.#limits.spares) return;
    this.#leave(
      all.reduce((oldest, spare) => (spare.pool.usedAt < oldest.pool.usedAt ? spare : oldest)),
      effects,
    );
  }

  #leave(member: Member<G>, effects: FleetEffect<G>[]): void {
    unlist(member);
    member.state = "leaving";
    effects.push({ type: "retire", environmentId: member.id });
  }

  #forget(member: Member<G>): void {
    unlist(member);
    member.pool.members.delete(member.id);
    this.#members.delete(member.id);
    this.#dropIfEmpty(member.pool);
  }

  #pool(group: G, now: number): Pool<G> {
    const key = poolKey(group);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = createPool(group, now);
      this.#pools.set(key, pool);
    }
    pool.usedAt = now;
    return pool;
  }

  #dropIfEmpty(pool: Pool<G>): void {
    if (pool.members.size === 0 && pool.waiting.length === 0) this.#pools.delete(pool.key);
  }
}
