/**
 * Which execution environment serves which invocation: one decision, in one place, without clocks
 * or I/O. The state is changed in place (a copy per invocation would cost more than the
 * invocation), but every transition is a function of state, event and `now`, and what shall happen
 * comes back as effects, so that the same code runs under virtual time. What happens with every
 * invocation takes the same time however many environments there are.
 *
 * AWS: an invocation takes an idle environment of its function version if there is one, else a new
 * one is made for it; one environment serves one invocation at a time; who may
 * begin at all is decided in `admission.ts`. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
import type { ProvisionedAllocation } from "@lambdock/model/reserved-concurrency";
import { createAdmission, type Admission } from "./admission.ts";
import type { Fleet, FleetEffect, FleetEffects, FleetLimits, FleetOptions, FleetTable, InvokeOptions } from "./fleet-protocol.ts";
import { push } from "./linked-list.ts";
import { Placement } from "./placement.ts";
import { takeFirst, type Group, type Member, type Pool, type Waiting } from "./pool.ts";
import { Provisioning } from "./provisioned.ts";
import { recycleIdle } from "./recycling.ts";
import { Roster } from "./roster.ts";

/** An empty fleet. */
export function createFleet<G extends Group>(options: FleetOptions): Fleet<G> {
  return new PoolingFleet<G>(options);
}

const PLAIN: InvokeOptions = {};

class PoolingFleet<G extends Group> implements Fleet<G> {
  readonly #limits: FleetLimits;
  readonly #admission: Admission<G>;
  readonly #roster: Roster<G>;
  readonly #provisioning: Provisioning<G>;
  readonly #placement: Placement<G>;
  /** Of the table in force. */
  #generation = 0;

  constructor(options: FleetOptions) {
    const { limits } = options;
    const admission = createAdmission<G>(limits);
    const roster = new Roster<G>(options, admission);
    const provisioning = new Provisioning<G>({ limits, admission, roster });
    this.#limits = limits;
    this.#admission = admission;
    this.#roster = roster;
    this.#provisioning = provisioning;
    this.#placement = new Placement<G>({ limits, admission, roster, provisioning });
  }

  get inFlight(): number {
    return this.#placement.inFlight;
  }

  get environments(): number {
    return this.#roster.members.size;
  }

  invoke(group: G, runId: string, now: number, options: InvokeOptions = PLAIN): FleetEffects<G> {
    return this.#placement.invoke(group, runId, now, options);
  }

  impatient(runId: string, now: number): FleetEffects<G> {
    return this.#placement.impatient(runId, now);
  }

  prepare(group: G, now: number): FleetEffects<G> {
    const effects: FleetEffect<G>[] = [];
    this.#roster.refill(this.#roster.poolOf(group, now), now);
    this.#roster.starts.begin(now, effects);
    return effects;
  }

  created(environmentId: string, now: number): FleetEffects<G> {
    const member = this.#roster.members.get(environmentId);
    if (member?.state !== "creating") return [];
    const effects: FleetEffect<G>[] = [];
    this.#roster.starts.ended(member);
    if (member.pool.allocation !== undefined) this.#provisioning.created(member, effects);
    else this.#made(member, now, effects);
    this.#roster.starts.begin(now, effects);
    return effects;
  }

  #made(member: Member<G>, now: number, effects: FleetEffect<G>[]): void {
    const { pool, runId, spillover } = member;
    if (runId === undefined && pool.retired) return this.#roster.leave(member, effects);
    const run = runId === undefined ? takeFirst(pool.waiting) : { runId, spillover };
    if (run === undefined) return this.#roster.keepSpare(member, now, effects);
    pool.underway.delete(member);
    effects.push(this.#placement.assign(member, run, now));
  }

  initialized(environmentId: string, now: number): FleetEffects<G> {
    const member = this.#roster.members.get(environmentId);
    if (member?.state !== "initializing") return [];
    const effects: FleetEffect<G>[] = [];
    this.#provisioning.initialized(member, now, effects);
    this.#roster.starts.begin(now, effects);
    return effects;
  }

  initFailed(environmentId: string, now: number): FleetEffects<G> {
    const member = this.#roster.members.get(environmentId);
    if (member?.state !== "initializing") return [];
    const effects: FleetEffect<G>[] = [];
    if (this.#provisioning.initFailed(member, now, effects)) this.#relimit(() => this.#admission.recount(), now, effects);
    this.#roster.starts.begin(now, effects);
    return effects;
  }

  answered(environmentId: string): void {
    const member = this.#roster.members.get(environmentId);
    if (member?.state === "busy") this.#placement.beginFinishing(member);
  }

  idle(environmentId: string, now: number): FleetEffects<G> {
    const member = this.#roster.members.get(environmentId);
    if (member === undefined) return [];
    if (member.state === "busy") this.#placement.beginFinishing(member);
    if (member.state !== "finishing") return [];
    const { pool, claimedBy, spillover } = member;
    this.#placement.endFinishing(member);
    pool.usedAt = now;
    if (claimedBy === undefined) return this.#rest(member, now);
    member.claimedBy = undefined;
    this.#placement.settled(claimedBy);
    return [this.#placement.assign(member, { runId: claimedBy, spillover }, now)];
  }

  /** The environment is free. */
  #rest(member: Member<G>, now: number): FleetEffects<G> {
    const { pool } = member;
    const effects: FleetEffect<G>[] = [];
    member.state = "idle";
    member.since = now;
    this.#admission.release(pool.share, pool.allocation?.target.claim);
    if (pool.allocation === undefined) this.#restOnDemand(member, now, effects);
    else if (!this.#provisioning.finished(member, effects)) push(pool.idle, member);
    this.#placement.serve(pool.share.scope, now, effects);
    return effects;
  }

  #restOnDemand(member: Member<G>, now: number, effects: FleetEffect<G>[]): void {
    const { pool } = member;
    if (pool.retired || member.aged) return this.#roster.leave(member, effects);
    const next = takeFirst(pool.waiting) ?? this.#takeOverQueuedRun(pool);
    if (next === undefined) return push(pool.idle, member);
    // It had been let grow, and need not.
    pool.share.scaling.giveBack();
    effects.push(this.#placement.assign(member, next, now));
  }

  /** A warm environment beats one whose making has not begun: that start is given up. */
  #takeOverQueuedRun(pool: Pool<G>): Pick<Waiting<G>, "runId" | "spillover"> | undefined {
    const queued = pool.queued.first;
    if (queued === undefined) return undefined;
    this.#roster.forget(queued);
    return { runId: queued.runId!, spillover: queued.spillover };
  }

  gone(environmentId: string, now: number): FleetEffects<G> {
    const member = this.#roster.members.get(environmentId);
    if (member === undefined) return [];
    const effects: FleetEffect<G>[] = [];
    const { pool, runId, state, claimedBy, spillover } = member;
    const { allocation, share } = pool;
    if (state === "creating") this.#roster.starts.ended(member);
    if (allocation !== undefined) this.#provisioning.gone(member, now);
    this.#placement.endFinishing(member);
    this.#roster.forget(member);
    if (runId !== undefined || state === "finishing") this.#admission.release(share, allocation?.target.claim);
    if (runId !== undefined) this.#placement.inFlight -= 1;
    if (runId !== undefined && state !== "busy") effects.push({ type: "abandon", environmentId, runId });
    if (claimedBy !== undefined) {
      this.#placement.settled(claimedBy);
      effects.push(...this.#placement.again({ runId: claimedBy, group: pool.group, spillover }, now));
    }
    // A run that waited at the function's bound: one place is free again.
    const next = takeFirst(pool.waiting);
    if (next !== undefined) this.#roster.add(pool, next, now);
    this.#placement.serve(share.scope, now, effects);
    this.#roster.starts.begin(now, effects);
    return effects;
  }

  retire(functionArn: string, version: string, keepRevision: string | undefined, now: number): FleetEffects<G> {
    const effects: FleetEffect<G>[] = [];
    for (const pool of this.#roster.pools.values()) {
      const { group } = pool;
      if (group.functionArn !== functionArn || group.version !== version) continue;
      if (group.revision === keepRevision) {
        revive(pool);
        continue;
      }
      pool.retired = true;
      for (const member of pool.members) this.#retireMember(member, effects);
      this.#roster.dropIfEmpty(pool);
    }
    this.#roster.starts.begin(now, effects);
    return effects;
  }

  #retireMember(member: Member<G>, effects: FleetEffect<G>[]): void {
    if (member.state === "queued" && member.runId === undefined) this.#roster.forget(member);
    else if (member.state === "idle" || member.state === "spare") this.#roster.leave(member, effects);
    // Busy ones and those being made for a run finish it first; `idle` and `created` retire them.
  }

  reserve(table: FleetTable<G>, now: number): FleetEffects<G> {
    if (table.generation < this.#generation) return [];
    this.#generation = table.generation;
    const effects: FleetEffect<G>[] = [];
    const putInForce = (): void => {
      this.#provisioning.reserve(table.provisioned ?? [], now, effects);
      this.#admission.reserve(table.functions);
    };
    this.#relimit(putInForce, now, effects);
    this.#roster.starts.begin(now, effects);
    return effects;
  }

  /** Changes limits. Who waits for room waits under the new ones. */
  #relimit(change: () => void, now: number, effects: FleetEffect<G>[]): void {
    const withdrawn = this.#placement.withdraw();
    change();
    this.#placement.resettle(withdrawn, now, effects);
  }

  allocations(): readonly ProvisionedAllocation[] {
    return this.#provisioning.describe();
  }

  reap(now: number): FleetEffects<G> {
    this.#admission.prune(now);
    const effects = recycleIdle(this.#roster, this.#limits, now);
    const { ages } = this.#roster;
    for (let member = ages.takeExpired(now); member !== undefined; member = ages.takeExpired(now)) this.#age(member, now, effects);
    this.#provisioning.tick(now, effects);
    this.#roster.starts.begin(now, effects);
    return effects;
  }

  /** The environment has reached its greatest age: one at work goes after its run. */
  #age(member: Member<G>, now: number, effects: FleetEffect<G>[]): void {
    if (member.pool.allocation !== undefined) this.#provisioning.aged(member, now, effects);
    else if (member.state === "idle") this.#roster.leave(member, effects);
    else member.aged = true;
  }
}

/** The revision is in use again, after others: what is still at work for it since then goes after its run. */
function revive<G extends Group>(pool: Pool<G>): void {
  if (!pool.retired) return;
  pool.retired = false;
  for (const member of pool.members) member.aged = true;
}
