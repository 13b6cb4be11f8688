/**
 * Provisioned concurrency: environments that are initialized before anybody asks for them, for one
 * version or alias (scaling.md section 7).
 *
 * None is usable until all that was requested is initialized. A new request (another count, an
 * alias that moved) keeps what there is until the new is complete, and takes over what fits; what
 * still gets requests while an alias moves stays even then, until the table no longer lists it. What
 * is lost or too old is replaced, an old one only once its successor is ready. A function whose init
 * fails while allocating makes the request FAILED; invocations then run on demand.
 */
import type { ProvisionedAllocation } from "@lambdock/model/reserved-concurrency";
import type { Admission } from "./admission.ts";
import type { FleetEffect, FleetLimits, FleetTarget } from "./fleet-protocol.ts";
import { push } from "./linked-list.ts";
import { createPool, poolKey, type Group, type Member, type Pool } from "./pool.ts";
import {
  arrived,
  createAllocation,
  createTarget,
  delay,
  describeTarget,
  isComplete,
  isKept,
  isReady,
  missing,
  useHeld,
  type Target,
} from "./provisioned-target.ts";
import type { Roster } from "./roster.ts";

/** What the fleet shares with its provisioned concurrency. */
export interface ProvisioningParts<G extends Group> {
  readonly limits: Pick<FleetLimits, "provisionedDelayMs">;
  readonly admission: Admission<G>;
  readonly roster: Roster<G>;
}

/** All provisioned concurrency of the fleet. */
export class Provisioning<G extends Group> {
  readonly #parts: ProvisioningParts<G>;
  /** By function, then by qualifier. */
  readonly #targets = new Map<string, Map<string, Target<G>>>();

  constructor(parts: ProvisioningParts<G>) {
    this.#parts = parts;
  }

  /**
   * What is provisioned for the qualifier, once it may be used, or else for another that leads to the
   * same version: AWS serves a call of version 1 from what is provisioned for an alias of it [recorded].
   */
  find(functionArn: string, qualifier: string, key: string): Target<G> | undefined {
    const targets = this.#targets.get(functionArn);
    if (targets === undefined) return undefined;
    const own = targets.get(qualifier);
    if (own !== undefined) return own.usable ? own : undefined;
    for (const target of targets.values()) if (target.usable && target.pools.has(key)) return target;
    return undefined;
  }

  describe(): readonly ProvisionedAllocation[] {
    return [...this.#all()].map(describeTarget);
  }

  *#all(): Generator<Target<G>> {
    for (const targets of this.#targets.values()) yield* targets.values();
  }

  /** Puts these requests in force and no others. The admission has to count anew afterwards. */
  reserve(wanted: readonly FleetTarget<G>[], now: number, effects: FleetEffect<G>[]): void {
    const left = new Set(this.#all());
    for (const each of wanted) {
      const target = this.#targetOf(each);
      left.delete(target);
      if (target.id !== each.id || target.generation === 0) this.#request(target, each, now);
      else this.#release(target, each, effects);
    }
    for (const target of left) this.#remove(target, effects);
    for (const target of this.#all()) this.#proceed(target, now, effects);
  }

  #targetOf(wanted: FleetTarget<G>): Target<G> {
    const { functionArn, qualifier } = wanted;
    const targets = this.#targets.get(functionArn) ?? new Map<string, Target<G>>();
    this.#targets.set(functionArn, targets);
    const target = targets.get(qualifier) ?? createTarget(wanted, this.#parts.admission.shareOf(functionArn));
    targets.set(qualifier, target);
    return target;
  }

  /** A request begins: what is there already counts for it. */
  #request(target: Target<G>, { id, environments }: FleetTarget<G>, now: number): void {
    Object.assign(target, { id, generation: target.generation + 1, status: "IN_PROGRESS", statusReason: undefined });
    target.startsAt = now + this.#parts.limits.provisionedDelayMs;
    for (const { allocation } of target.pools.values()) Object.assign(allocation!, { wanted: 0, kept: false });
    for (const { spec, count } of environments) {
      const allocation = this.#poolOf(target, spec, now).allocation!;
      allocation.wanted += count;
      allocation.kept ||= count === 0;
      allocation.failures = 0;
      allocation.retryAt = now;
    }
    target.requested = environments.reduce((sum, { count }) => sum + count, 0);
    this.#claim(target, target.requested);
  }

  /** The request goes on; what was kept besides it, and is not listed any more, may go. */
  #release(target: Target<G>, { environments }: FleetTarget<G>, effects: FleetEffect<G>[]): void {
    const listed = new Set(environments.map(({ spec }) => poolKey(spec)));
    for (const pool of target.pools.values()) {
      if (!pool.allocation!.kept || listed.has(pool.key)) continue;
      pool.allocation!.kept = false;
      this.#letGo(pool, effects);
    }
  }

  #poolOf(target: Target<G>, group: G, now: number): Pool<G> {
    const key = poolKey(group);
    const pool = target.pools.get(key) ?? createPool({ group, key, share: target.share, allocation: createAllocation(target) }, now);
    target.pools.set(key, pool);
    return pool;
  }

  #claim({ share, claim }: Target<G>, count: number): void {
    claim.count = count;
    share.claims.add(claim);
  }

  #remove(target: Target<G>, effects: FleetEffect<G>[]): void {
    const targets = this.#targets.get(target.functionArn)!;
    targets.delete(target.qualifier);
    if (targets.size === 0) this.#targets.delete(target.functionArn);
    target.usable = false;
    target.requested = 0;
    this.#claim(target, 0);
    for (const pool of target.pools.values()) {
      pool.allocation!.wanted = 0;
      this.#trim(pool, effects);
    }
  }

  /** Begins what is due and may be begun, and looks whether all is there. */
  tick(now: number, effects: FleetEffect<G>[]): void {
    for (const target of this.#all()) this.#proceed(target, now, effects);
  }

  #proceed(target: Target<G>, now: number, effects: FleetEffect<G>[]): void {
    if (target.status === "IN_PROGRESS" && isComplete(target)) this.#complete(target, effects);
    // After a failure what is still usable is kept up, and nothing else.
    if (target.status === "FAILED" ? !target.usable : target.status === "IN_PROGRESS" && now < target.startsAt) return;
    for (const pool of target.pools.values()) this.#begin(pool, now);
  }

  #begin(pool: Pool<G>, now: number): void {
    const allocation = pool.allocation!;
    if (now < allocation.retryAt) return;
    for (let count = missing(allocation); count > 0 && pool.share.provisionedStarts.take(now); count -= 1) {
      this.#parts.roster.add(pool, undefined, now);
      allocation.coming += 1;
    }
  }

  #complete(target: Target<G>, effects: FleetEffect<G>[]): void {
    target.status = "READY";
    target.usable = true;
    for (const pool of target.pools.values()) {
      useHeld(pool);
      this.#letGo(pool, effects);
    }
  }

  /** What is too much stops; a version that nothing is provisioned of any more is forgotten. */
  #letGo(pool: Pool<G>, effects: FleetEffect<G>[]): void {
    this.#trim(pool, effects);
    const { target, wanted } = pool.allocation!;
    if (!isKept(pool.allocation!) && wanted === 0) target.pools.delete(pool.key);
  }

  /** The environment is initialized. */
  initialized(member: Member<G>, now: number, effects: FleetEffect<G>[]): void {
    const { pool } = member;
    const allocation = pool.allocation!;
    arrived(member);
    allocation.ready += 1;
    allocation.failures = 0;
    member.state = "idle";
    member.since = now;
    const { target } = allocation;
    // None is used before all that was requested is there.
    push(target.status === "IN_PROGRESS" ? pool.spares : pool.idle, member);
    this.#parts.roster.beginAge(member, now);
    if (target.status === "IN_PROGRESS") this.#proceed(target, now, effects);
    else if (allocation.ready > allocation.wanted && allocation.aged.size === 0) this.#drop(member, effects);
    else this.#trim(pool, effects);
  }

  /** True when limits have to be counted anew. */
  initFailed(member: Member<G>, now: number, effects: FleetEffect<G>[]): boolean {
    const allocation = member.pool.allocation!;
    arrived(member);
    member.state = "leaving";
    const { target } = allocation;
    if (target.status !== "IN_PROGRESS" || member.generation !== target.generation || target.requested === 0) {
      delay(allocation, now);
      return false;
    }
    this.#fail(target, effects);
    return true;
  }

  #fail(target: Target<G>, effects: FleetEffect<G>[]): void {
    Object.assign(target, { status: "FAILED", statusReason: "FUNCTION_ERROR_INIT_FAILURE" });
    let kept = 0;
    for (const pool of target.pools.values()) {
      const allocation = pool.allocation!;
      const carried = [...pool.members].filter(({ generation, state }) => generation < target.generation && isReady(state));
      allocation.wanted = target.usable ? carried.length : 0;
      allocation.kept = false;
      kept += allocation.wanted;
      useHeld(pool);
      for (const member of pool.members)
        if (member.generation === target.generation && member.state === "idle") this.#drop(member, effects);
      this.#trim(pool, effects);
    }
    target.usable = kept > 0;
    this.#claim(target, kept);
  }

  /** The sandbox is made: true when it shall be initialized, else it has been told to stop. */
  created(member: Member<G>, effects: FleetEffect<G>[]): boolean {
    const allocation = member.pool.allocation!;
    if (missing(allocation) < 0) {
      arrived(member);
      this.#parts.roster.leave(member, effects);
      return false;
    }
    member.state = "initializing";
    effects.push({ type: "initialize", environmentId: member.id });
    return true;
  }

  /** It finished its run. True when it stops, because it is not needed any more. */
  finished(member: Member<G>, effects: FleetEffect<G>[]): boolean {
    const allocation = member.pool.allocation!;
    if (isKept(allocation) || allocation.ready <= allocation.wanted) return false;
    // An old one goes first.
    if (!member.aged && allocation.aged.size > 0) return false;
    this.#drop(member, effects);
    return true;
  }

  /** It has reached its greatest age: it goes when its successor is ready. */
  aged(member: Member<G>, now: number, effects: FleetEffect<G>[]): void {
    member.pool.allocation!.aged.add(member);
    member.aged = true;
    this.#proceed(member.pool.allocation!.target, now, effects);
    this.#trim(member.pool, effects);
  }

  /** It is gone, whatever it was doing. Call before it is forgotten. */
  gone(member: Member<G>, now: number): void {
    const allocation = member.pool.allocation!;
    if (member.state === "leaving") return;
    if (isReady(member.state)) this.#uncount(member);
    else {
      arrived(member);
      delay(allocation, now);
    }
  }

  #uncount(member: Member<G>): void {
    const allocation = member.pool.allocation!;
    allocation.ready -= 1;
    allocation.aged.delete(member);
  }

  #drop(member: Member<G>, effects: FleetEffect<G>[]): void {
    this.#uncount(member);
    this.#parts.roster.leave(member, effects);
  }

  /** Stops what is too much, as far as it is not at work: old ones first, then those that were idle for longest. */
  #trim(pool: Pool<G>, effects: FleetEffect<G>[]): void {
    const { roster } = this.#parts;
    const allocation = pool.allocation!;
    if (isKept(allocation)) return;
    for (const member of pool.underway) {
      if (missing(allocation) >= 0) break;
      if (member.state !== "queued") continue;
      arrived(member);
      roster.forget(member);
    }
    for (const member of allocation.aged) if (allocation.ready > allocation.wanted && member.state === "idle") this.#drop(member, effects);
    while (allocation.ready > allocation.wanted && pool.idle.first !== undefined) this.#drop(pool.idle.first, effects);
  }
}
