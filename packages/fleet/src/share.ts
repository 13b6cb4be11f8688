/** What is counted of a function and of its account, so that limits hold. Only the admission changes it. */
import { createBursts, type Bursts } from "./bursts.ts";
import type { FleetLimits } from "./fleet-protocol.ts";
import type { Group, Waiting } from "./pool.ts";
import { createRateWindow, type RateWindow } from "./rate-window.ts";
import { createTokenBucket, type TokenBucket } from "./token-bucket.ts";

/** On-demand concurrency that functions share, or that one has for itself. */
export interface Scope<G extends Group> {
  /** Environments that may be at work. */
  limit: number;
  /** That are at work. */
  used: number;
  /** Of those, the ones that are about to be free. */
  finishing: number;
  /** Runs that wait for one of them to be free, by their ids. */
  readonly waiters: Map<string, Waiting<G>>;
}

/** One account in one region. */
export interface Account<G extends Group> {
  atWork: number;
  /** Synchronous requests. */
  readonly rate: RateWindow;
  /** For functions without a reservation. */
  readonly unreserved: Scope<G>;
}

/** What is provisioned for a version or an alias, as far as limits go. */
export interface Claim {
  /** Environments that are taken out of the pool for it. */
  count: number;
  /** Environments at work that were admitted on it. */
  atWork: number;
  readonly rate: RateWindow;
}

/** One function's part of its account's concurrency. */
export interface Share<G extends Group> {
  readonly account: Account<G>;
  /** Its reservation's own, or the account's unreserved one. */
  scope: Scope<G>;
  readonly own: Scope<G>;
  /** Concurrent executions reserved for the function. */
  reserved: number | undefined;
  /** Its environments at work, provisioned ones too. */
  atWork: number;
  /** Those that its claims answer for. */
  covered: number;
  /** On-demand ones that are about to be free and that no run has claimed. */
  finishing: number;
  readonly claims: Set<Claim>;
  /** Synchronous requests; counted while the function has a reservation. */
  readonly rate: RateWindow;
  readonly scaling: TokenBucket;
  /** Of cold starts. */
  readonly bursts: Bursts;
  readonly provisionedStarts: TokenBucket;
  /** Pools that hold on to it. */
  pools: number;
}

/** An account in which nothing is at work. */
export function createAccount<G extends Group>(accountConcurrency: number): Account<G> {
  return { atWork: 0, rate: createRateWindow(), unreserved: createScope(accountConcurrency) };
}

/** A function that has reserved nothing and of which nothing is at work. */
export function createShare<G extends Group>(
  account: Account<G>,
  limits: Pick<FleetLimits, "scalingBurst" | "scalingPerSecond" | "provisionedPerMinute" | "idleMs">,
): Share<G> {
  const provisionedPerSecond = limits.provisionedPerMinute / SECONDS_PER_MINUTE;
  return {
    account,
    scope: account.unreserved,
    own: createScope(0),
    reserved: undefined,
    atWork: 0,
    covered: 0,
    finishing: 0,
    claims: new Set(),
    rate: createRateWindow(),
    scaling: createTokenBucket({ burst: limits.scalingBurst, perSecond: limits.scalingPerSecond }),
    bursts: createBursts(limits.idleMs.min),
    // A second's worth may begin at once.
    provisionedStarts: createTokenBucket({ burst: Math.ceil(provisionedPerSecond), perSecond: provisionedPerSecond }),
    pools: 0,
  };
}

/** A claim to so many provisioned environments. */
export function createClaim(count: number): Claim {
  return { count, atWork: 0, rate: createRateWindow() };
}

/** Counts the function anew in the scope where it is now; the account's own scope starts from nothing. */
export function recountShare<G extends Group>(share: Share<G>): void {
  const { account, own, reserved, claims } = share;
  let claimed = 0;
  share.covered = 0;
  for (const { count, atWork } of claims) {
    claimed += count;
    share.covered += Math.min(atWork, count);
  }
  if (reserved === undefined) account.unreserved.limit -= claimed;
  else {
    account.unreserved.limit -= reserved;
    Object.assign(own, { limit: reserved - claimed, used: 0, finishing: 0 });
  }
  share.scope = reserved === undefined ? account.unreserved : own;
  share.scope.used += share.atWork - share.covered;
  share.scope.finishing += share.finishing;
}

function createScope<G extends Group>(limit: number): Scope<G> {
  return { limit, used: 0, finishing: 0, waiters: new Map() };
}

const SECONDS_PER_MINUTE = 60;
