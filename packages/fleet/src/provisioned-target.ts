/** How far the allocation of provisioned concurrency has come: the facts and how they change, without what follows from them. */
import type { ProvisionedAllocation, ProvisionedStatus } from "@lambdock/model/reserved-concurrency";
import type { FleetTarget } from "./fleet-protocol.ts";
import { push, shift } from "./linked-list.ts";
import type { Group, Member, Pool } from "./pool.ts";
import { createClaim, type Claim, type Share } from "./share.ts";

const RETRY_MS = 1_000;
const RETRY_MAX_MS = 60_000;

/** A version or alias with provisioned concurrency. */
export interface Target<G extends Group> {
  readonly functionArn: string;
  readonly qualifier: string;
  readonly share: Share<G>;
  readonly claim: Claim;
  /** One per function version that the target leads to, by its key; also those that it led to before, until all is allocated and no request comes for them. */
  readonly pools: Map<string, Pool<G>>;
  /** Of the request in force. */
  id: string;
  /** Counts the requests. */
  generation: number;
  requested: number;
  status: ProvisionedStatus;
  statusReason: string | undefined;
  /** True once all was allocated: of this request, or of the one before while this one is under way. */
  usable: boolean;
  /** Allocating begins then. */
  startsAt: number;
}

/** The environments of one function version that are provisioned for a target. */
export interface Allocation<G extends Group> {
  readonly target: Target<G>;
  /** Environments that there shall be. */
  wanted: number;
  /** What there is stays, wanted or not: requests still come for it. */
  kept: boolean;
  /** That are initialized. */
  ready: number;
  /** That are being made or initialized, or wait for it. */
  coming: number;
  /** Ready ones that are too old: each goes when another has taken its place. */
  readonly aged: Set<Member<G>>;
  /** Failures in a row. */
  failures: number;
  /** Not before then is another begun. */
  retryAt: number;
}

/** A target of which nothing is allocated. */
export function createTarget<G extends Group>({ functionArn, qualifier }: FleetTarget<G>, share: Share<G>): Target<G> {
  return {
    functionArn,
    qualifier,
    share,
    claim: createClaim(0),
    pools: new Map(),
    id: "",
    generation: 0,
    requested: 0,
    status: "IN_PROGRESS",
    statusReason: undefined,
    usable: false,
    startsAt: 0,
  };
}

/** Nothing is provisioned yet. */
export function createAllocation<G extends Group>(target: Target<G>): Allocation<G> {
  return { target, wanted: 0, kept: false, ready: 0, coming: 0, aged: new Set(), failures: 0, retryAt: Number.NEGATIVE_INFINITY };
}

/** Environments that have to be begun so that there are as many as wanted. */
export function missing<G extends Group>({ wanted, ready, aged, coming }: Allocation<G>): number {
  return wanted - (ready - aged.size) - coming;
}

/** True when all that was requested is initialized. */
export function isComplete<G extends Group>(target: Target<G>): boolean {
  for (const { allocation } of target.pools.values()) if (allocation!.ready < allocation!.wanted) return false;
  return true;
}

/** What GetProvisionedConcurrencyConfig tells. */
export function describeTarget<G extends Group>(target: Target<G>): ProvisionedAllocation {
  const { functionArn, qualifier, id, status, statusReason } = target;
  const allocated = allocatedOf(target);
  return {
    functionArn,
    qualifier,
    id,
    status,
    allocated,
    available: status === "READY" ? allocated : 0,
    ...(statusReason === undefined ? {} : { statusReason }),
  };
}

/** What is old and what replaces it count once. */
function allocatedOf<G extends Group>({ pools }: Target<G>): number {
  let allocated = 0;
  for (const { allocation } of pools.values()) allocated += Math.min(allocation!.ready, allocation!.wanted);
  return allocated;
}

/** What was initialized before all was there may be used now. */
export function useHeld<G extends Group>({ spares, idle }: Pool<G>): void {
  for (let member = shift(spares); member !== undefined; member = shift(spares)) push(idle, member);
}

/** True when what there is stays, wanted or not: while a request is under way, and while requests still come for it. */
export function isKept<G extends Group>({ target, kept }: Allocation<G>): boolean {
  return target.requested > 0 && (kept || target.status === "IN_PROGRESS");
}

/** True for one that is initialized. */
export function isReady(state: Member<Group>["state"]): boolean {
  return state === "idle" || state === "busy" || state === "finishing";
}

/** A try has failed: the next comes later, and later each time. */
export function delay<G extends Group>(allocation: Allocation<G>, now: number): void {
  // Those that were begun together fail together, and count once.
  if (now < allocation.retryAt) return;
  allocation.retryAt = now + Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** allocation.failures);
  allocation.failures += 1;
}

/** The environment is no longer on its way: it has come, or it never will. */
export function arrived<G extends Group>(member: Member<G>): void {
  member.pool.underway.delete(member);
  member.pool.allocation!.coming -= 1;
}
