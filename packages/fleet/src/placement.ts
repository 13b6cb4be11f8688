/**
 * Where an invocation runs: on what is provisioned for it, in a warm environment, in one that is
 * about to be free, in a new one, or nowhere.
 *
 * Between the answer of a run and the moment its environment is free lie a fraction of a
 * millisecond, or, for a function with a small share of the CPU, one period of the scheduler; with
 * extensions it can be longer. Who calls again the moment it has its answer would find the
 * environment at work: rather than being throttled, or paying for a cold start, it waits a little.
 */
import { invariant } from "@lambdock/model/invariant";
import { rateRefusal, type Admission, type Refusal } from "./admission.ts";
import type { FleetEffect, FleetEffects, FleetLimits, InvokeOptions } from "./fleet-protocol.ts";
import { pop, push, shift, unlink } from "./linked-list.ts";
import type { Group, Member, Pool, Waiting } from "./pool.ts";
import type { Provisioning } from "./provisioned.ts";
import type { Target } from "./provisioned-target.ts";
import { isExpired, recycleExpired } from "./recycling.ts";
import type { Roster } from "./roster.ts";
import type { Scope } from "./share.ts";

/** So long a run waits for an environment that is about to be free. */
const PATIENCE_MS = 250;

/** What the placement works on. */
export interface PlacementParts<G extends Group> {
  readonly limits: Pick<FleetLimits, "environmentsPerFunction">;
  readonly admission: Admission<G>;
  readonly roster: Roster<G>;
  readonly provisioning: Provisioning<G>;
}

/** The runs that were admitted, and those that wait. */
export class Placement<G extends Group> {
  /** Invocations admitted and not yet answered. */
  inFlight = 0;
  readonly #parts: PlacementParts<G>;
  /** Runs that wait: for this environment, or for any to be free. */
  readonly #patient = new Map<string, Member<G> | Waiting<G>>();

  constructor(parts: PlacementParts<G>) {
    this.#parts = parts;
  }

  invoke(group: G, runId: string, now: number, options: InvokeOptions): FleetEffects<G> {
    const { admission, roster, provisioning } = this.#parts;
    const pool = roster.poolOf(group, now);
    const synchronous = options.event !== true;
    const refusal = synchronous ? admission.rateRefusal(pool.share, now) : undefined;
    if (refusal !== undefined) return [throttle(runId, refusal)];
    const { qualifier } = options;
    const target = qualifier === undefined ? undefined : provisioning.find(group.functionArn, qualifier, pool.key);
    const effects =
      target === undefined
        ? this.#onDemand(pool, { runId, group, spillover: false }, now)
        : this.#onTarget(pool, { target, runId, synchronous }, now);
    if (isThrottled(effects)) return effects;
    this.inFlight += 1;
    if (synchronous) admission.countRequest(pool.share, now);
    return effects;
  }

  #onTarget(
    pool: Pool<G>,
    { target, runId, synchronous }: { readonly target: Target<G>; readonly runId: string; readonly synchronous: boolean },
    now: number,
  ): FleetEffects<G> {
    const { claim } = target;
    const provisioned = target.pools.get(pool.key);
    // A version that the alias has only just begun to lead to is still being allocated.
    const run: Waiting<G> = { runId, group: pool.group, spillover: provisioned !== undefined && provisioned.allocation!.ready > 0 };
    if (provisioned === undefined || (synchronous && this.#parts.admission.claimRateFull(claim, now)))
      return this.#onDemand(pool, run, now);
    const effects = this.#onClaim(provisioned, { ...run, spillover: false }, now);
    if (effects === undefined) return this.#onDemand(pool, run, now);
    if (synchronous) claim.rate.add(now);
    return effects;
  }

  #onClaim(pool: Pool<G>, run: Waiting<G>, now: number): FleetEffects<G> | undefined {
    const { admission } = this.#parts;
    const { claim } = pool.allocation!.target;
    const warm = admission.hasClaimRoom(pool.share, claim) ? pop(pool.idle) : undefined;
    if (warm !== undefined) {
      admission.charge(pool.share, claim);
      return [this.assign(warm, run, now)];
    }
    const finishing = admission.withinClaim(pool.share, claim) ? shift(pool.finishing) : undefined;
    return finishing === undefined ? undefined : this.#claim(finishing, run, now);
  }

  #onDemand(pool: Pool<G>, run: Waiting<G>, now: number): FleetEffects<G> {
    const { last } = pool.idle;
    if (last === undefined || !isExpired(last, now)) return this.#onDemandNow(pool, run, now);
    // The time of idle environments has come since the last look: to the millisecond, whenever that was.
    const expired: FleetEffect<G>[] = [];
    recycleExpired(this.#parts.roster, pool, { now, effects: expired });
    return [...this.#onDemandNow(pool, run, now), ...expired];
  }

  #onDemandNow(pool: Pool<G>, run: Waiting<G>, now: number): FleetEffects<G> {
    const { admission } = this.#parts;
    const { share } = pool;
    if (admission.hasRoom(share)) {
      const warm = pop(pool.idle);
      if (warm !== undefined) {
        admission.charge(share, undefined);
        return [this.assign(warm, run, now)];
      }
      const finishing = this.#takeFinishing(pool);
      return finishing === undefined ? this.#cold(pool, run, now) : this.#claim(finishing, run, now);
    }
    return (
      (admission.withinLimits(share) ? this.#reuse(pool, run, now) : undefined) ?? [
        throttle(run.runId, admission.concurrencyRefusal(share)),
      ]
    );
  }

  /** There is room only where another run is about to end. */
  #reuse(pool: Pool<G>, run: Waiting<G>, now: number): FleetEffects<G> | undefined {
    const { scope } = pool.share;
    // One that finishes for each of those who wait is spoken for.
    const spoken = scope.finishing <= scope.waiters.size;
    const finishing = (spoken ? undefined : this.#takeFinishing(pool)) ?? shift(pool.lingering);
    if (finishing !== undefined) return this.#claim(finishing, run, now);
    // Where the scope has room it is the account that has not, and what ends in the scope may not help.
    return spoken || scope.used < scope.limit ? undefined : this.#wait(scope, run, now);
  }

  /** The environment stays at work, for this run as soon as it is free. */
  #claim(member: Member<G>, run: Waiting<G>, now: number): FleetEffects<G> {
    member.claimedBy = run.runId;
    member.spillover = run.spillover;
    this.#patient.set(run.runId, member);
    return [{ type: "patience", runId: run.runId, at: now + PATIENCE_MS }];
  }

  /** Another function's environment, or one of another version, is about to make room. */
  #wait(scope: Scope<G>, run: Waiting<G>, now: number): FleetEffects<G> {
    scope.waiters.set(run.runId, run);
    this.#patient.set(run.runId, run);
    return [{ type: "patience", runId: run.runId, at: now + PATIENCE_MS }];
  }

  #cold(pool: Pool<G>, run: Waiting<G>, now: number): FleetEffects<G> {
    const { admission, roster, limits } = this.#parts;
    const { share } = pool;
    if (!share.scaling.take(now))
      return [throttle(run.runId, rateRefusal("FunctionInvocationRateLimitExceeded", share.scaling.waitMs(now)))];
    admission.charge(share, undefined);
    share.bursts.add(now, share.atWork);
    const effects: FleetEffect<G>[] = [];
    const spare = roster.takeSpare(pool);
    if (spare !== undefined) effects.push(this.assign(spare, run, now));
    else if (pool.underway.size > 0) this.#takeUnderway(pool, run);
    else if (limits.environmentsPerFunction > 0 && pool.members.size >= limits.environmentsPerFunction) {
      pool.waiting.add(run);
      return effects;
    } else roster.add(pool, run, now);
    roster.refill(pool, now);
    roster.starts.begin(now, effects);
    return effects;
  }

  /** A spare that is still being made becomes this run's environment and gets its turn. */
  #takeUnderway(pool: Pool<G>, { runId, spillover }: Waiting<G>): void {
    const { starts } = this.#parts.roster;
    const member = pool.underway.values().next().value!;
    pool.underway.delete(member);
    if (member.state === "queued") starts.remove(member);
    Object.assign(member, { runId, spillover });
    if (member.state === "queued") starts.push(member);
  }

  /** The run waited long enough. */
  impatient(runId: string, now: number): FleetEffects<G> {
    const waited = this.#patient.get(runId);
    if (waited === undefined) return [];
    this.#patient.delete(runId);
    if (!("pool" in waited)) {
      this.#scopeOf(waited).waiters.delete(runId);
      return this.again(waited, now);
    }
    const { pool } = waited;
    waited.claimedBy = undefined;
    push(pool.lingering, waited);
    return this.again({ runId, group: pool.group, spillover: waited.spillover || pool.allocation !== undefined }, now);
  }

  /** The run lost what it had waited for: it waits for nothing more. */
  again(run: Waiting<G>, now: number): FleetEffects<G> {
    const { admission, roster } = this.#parts;
    const pool = roster.poolOf(run.group, now);
    if (admission.hasRoom(pool.share)) {
      const warm = pop(pool.idle);
      if (warm === undefined) return this.#counted(this.#cold(pool, run, now));
      admission.charge(pool.share, undefined);
      return [this.assign(warm, run, now)];
    }
    return this.#counted([throttle(run.runId, admission.concurrencyRefusal(pool.share))]);
  }

  #counted(effects: FleetEffects<G>): FleetEffects<G> {
    if (isThrottled(effects)) this.inFlight -= 1;
    return effects;
  }

  /** The run has its environment, or will not have this one. */
  settled(runId: string): void {
    this.#patient.delete(runId);
  }

  /** There is room in the scope: those who wait for it are next. */
  serve(scope: Scope<G>, now: number, effects: FleetEffect<G>[]): void {
    while (scope.waiters.size > 0) {
      const run = scope.waiters.values().next().value!;
      const pool = this.#parts.roster.poolOf(run.group, now);
      if (!this.#parts.admission.hasRoom(pool.share)) return;
      scope.waiters.delete(run.runId);
      this.#patient.delete(run.runId);
      effects.push(...this.#counted(this.#onDemand(pool, run, now)));
    }
  }

  /** Limits are about to change: those who wait for room step back. */
  withdraw(): readonly Waiting<G>[] {
    const withdrawn: Waiting<G>[] = [];
    for (const each of this.#patient.values()) if (!("pool" in each)) withdrawn.push(each);
    for (const run of withdrawn) {
      this.#scopeOf(run).waiters.delete(run.runId);
      this.#patient.delete(run.runId);
    }
    return withdrawn;
  }

  /** Limits have changed: those who waited are placed under the new ones. */
  resettle(withdrawn: readonly Waiting<G>[], now: number, effects: FleetEffect<G>[]): void {
    for (const run of withdrawn) effects.push(...this.#counted(this.#onDemand(this.#parts.roster.poolOf(run.group, now), run, now)));
  }

  #scopeOf({ group }: Waiting<G>): Scope<G> {
    return this.#parts.admission.shareOf(group.functionArn).scope;
  }

  /** The environment goes to work for the run. Whoever calls has charged for it. */
  assign(member: Member<G>, { runId, spillover }: Pick<Waiting<G>, "runId" | "spillover">, now: number): FleetEffect<G> {
    invariant(member.state !== "busy", "an environment serves one invocation at a time");
    const cold = member.state === "creating" || member.state === "spare";
    if (cold) this.#parts.roster.beginAge(member, now);
    member.state = "busy";
    member.runId = runId;
    member.since = now;
    member.pool.usedAt = now;
    if (member.pool.allocation !== undefined) return { type: "assign", environmentId: member.id, runId, cold, provisioned: true };
    if (spillover) return { type: "assign", environmentId: member.id, runId, cold, spillover: true };
    return { type: "assign", environmentId: member.id, runId, cold };
  }

  /** Its caller has the answer. */
  beginFinishing(member: Member<G>): void {
    const { pool } = member;
    this.inFlight -= 1;
    member.state = "finishing";
    member.runId = undefined;
    push(pool.finishing, member);
    if (pool.allocation === undefined) countFinishing(pool, 1);
  }

  #takeFinishing(pool: Pool<G>): Member<G> | undefined {
    const member = pool.finishing.first;
    if (member !== undefined) this.endFinishing(member);
    return member;
  }

  /** It is free, gone, or claimed. */
  endFinishing(member: Member<G>): void {
    const { pool } = member;
    if (member.list === pool.finishing && pool.allocation === undefined) countFinishing(pool, -1);
    unlink(member);
  }
}

function countFinishing<G extends Group>({ share }: Pool<G>, change: 1 | -1): void {
  share.finishing += change;
  share.scope.finishing += change;
}

function throttle<G extends Group>(runId: string, { reason, retryAfterSeconds }: Refusal): FleetEffect<G> {
  return { type: "throttle", runId, reason, retryAfterSeconds };
}

function isThrottled<G extends Group>(effects: FleetEffects<G>): boolean {
  return effects[0]?.type === "throttle";
}
