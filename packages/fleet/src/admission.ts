/**
 * Whether an invocation may begin (scaling.md sections 1 to 3). Three things are counted: how many
 * environments are at work, how many synchronous requests began within a second, and how fast a
 * function takes new environments into use.
 *
 * Concurrency: a function with a reservation is at work in at most that many environments, all its
 * versions together, and never uses the unreserved pool; the others share what reservations leave
 * of the account. What is provisioned is taken out of the function's reservation, or out of the
 * unreserved pool, whether it is in use or not. A limit that shrinks below what runs lets it finish
 * and admits nothing new; until then what runs still counts against the account.
 *
 * An environment is at work from the moment its run is admitted until it is free again, which is a
 * little after its caller has the answer.
 *
 * Accounts are told apart, and so are their regions, as AWS's limits are.
 */
import { invariant } from "@lambdock/model/invariant";
import type { ThrottleReason } from "@lambdock/model/invocation";
import type { FleetLimits } from "./fleet-protocol.ts";
import type { Group } from "./pool.ts";
import { createAccount, createShare, recountShare, type Account, type Claim, type Share } from "./share.ts";

/** Why an invocation is throttled, and when it may be worth coming again. */
export interface Refusal {
  readonly reason: ThrottleReason;
  readonly retryAfterSeconds: number;
}

/** The environments at work, counted where limits hold. */
export interface Admission<G extends Group> {
  /** The function's part, made when it is new. */
  shareOf(functionArn: string): Share<G>;
  /** Why one more synchronous request now would be one too many, if so. */
  rateRefusal(share: Share<G>, now: number): Refusal | undefined;
  /** A synchronous request was admitted. */
  countRequest(share: Share<G>, now: number): void;
  /** True when an on-demand environment may go to work. */
  hasRoom(share: Share<G>): boolean;
  /** True when no more on-demand environments are at work than may be: one that finishes may take the next run. */
  withinLimits(share: Share<G>): boolean;
  /** True when an environment may go to work on the claim: for concurrency, not for requests. */
  hasClaimRoom(share: Share<G>, claim: Claim): boolean;
  /** True when no more environments are at work on the claim than may be. */
  withinClaim(share: Share<G>, claim: Claim): boolean;
  /** True when the claim's own quota of requests is used up. */
  claimRateFull(claim: Claim, now: number): boolean;
  /** An environment goes to work, on the claim or on demand. */
  charge(share: Share<G>, claim: Claim | undefined): void;
  /** An environment is free or gone. */
  release(share: Share<G>, claim: Claim | undefined): void;
  /** Why there is no room. */
  concurrencyRefusal(share: Share<G>): Refusal;
  /** Puts reservations in force. */
  reserve(functions: Readonly<Record<string, number>>): void;
  /** Counts all scopes anew, after claims have changed. */
  recount(): void;
  /** Forgets functions of which there is nothing to remember. */
  prune(now: number): void;
}

type AdmissionLimits = Pick<
  FleetLimits,
  "accountConcurrency" | "scalingBurst" | "scalingPerSecond" | "requestsPerConcurrency" | "provisionedPerMinute" | "idleMs"
>;

/** Nothing is at work yet. */
export function createAdmission<G extends Group>(limits: AdmissionLimits): Admission<G> {
  return new CountingAdmission<G>(limits);
}

/** A refusal at a rate, as a whole number of seconds to wait: at least one. */
export function rateRefusal(reason: ThrottleReason, waitMs: number): Refusal {
  return { reason, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}

class CountingAdmission<G extends Group> implements Admission<G> {
  readonly #limits: AdmissionLimits;
  readonly #accounts = new Map<string, Account<G>>();
  readonly #shares = new Map<string, Share<G>>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  shareOf(functionArn: string): Share<G> {
    let share = this.#shares.get(functionArn);
    if (share === undefined) {
      share = createShare(this.#accountOf(functionArn), this.#limits);
      this.#shares.set(functionArn, share);
    }
    return share;
  }

  rateRefusal(share: Share<G>, now: number): Refusal | undefined {
    const { requestsPerConcurrency: factor, accountConcurrency } = this.#limits;
    if (factor === 0) return undefined;
    const { reserved, rate, account } = share;
    if (reserved !== undefined && reserved > 0 && rate.full(reserved * factor, now))
      return rateRefusal("ReservedFunctionInvocationRateLimitExceeded", rate.waitMs(now));
    if (account.rate.full(accountConcurrency * factor, now))
      return rateRefusal("FunctionInvocationRateLimitExceeded", account.rate.waitMs(now));
    return undefined;
  }

  countRequest(share: Share<G>, now: number): void {
    if (this.#limits.requestsPerConcurrency === 0) return;
    share.account.rate.add(now);
    // Also without a reservation: one that comes finds the last second counted.
    share.rate.add(now);
  }

  hasRoom({ scope, account }: Share<G>): boolean {
    return scope.used < scope.limit && account.atWork < this.#limits.accountConcurrency;
  }

  withinLimits({ scope, account }: Share<G>): boolean {
    return scope.used <= scope.limit && account.atWork <= this.#limits.accountConcurrency;
  }

  withinClaim({ reserved, atWork, account }: Share<G>, claim: Claim): boolean {
    return (
      claim.atWork <= claim.count && account.atWork <= this.#limits.accountConcurrency && (reserved === undefined || atWork <= reserved)
    );
  }

  hasClaimRoom({ reserved, atWork, account }: Share<G>, claim: Claim): boolean {
    return claim.atWork < claim.count && account.atWork < this.#limits.accountConcurrency && (reserved === undefined || atWork < reserved);
  }

  claimRateFull({ rate, count }: Claim, now: number): boolean {
    const { requestsPerConcurrency: factor } = this.#limits;
    return factor > 0 && rate.full(count * factor, now);
  }

  charge(share: Share<G>, claim: Claim | undefined): void {
    share.account.atWork += 1;
    share.atWork += 1;
    if (claim === undefined) share.scope.used += 1;
    else this.#onClaim(share, claim, 1);
  }

  release(share: Share<G>, claim: Claim | undefined): void {
    invariant(share.atWork > 0, "an environment is released once");
    share.account.atWork -= 1;
    share.atWork -= 1;
    if (claim === undefined) share.scope.used -= 1;
    else this.#onClaim(share, claim, -1);
  }

  /** What is at work beyond a claim that shrank counts as on-demand. */
  #onClaim(share: Share<G>, claim: Claim, change: 1 | -1): void {
    const before = Math.min(claim.atWork, claim.count);
    claim.atWork += change;
    const covered = Math.min(claim.atWork, claim.count) - before;
    share.covered += covered;
    share.scope.used += change - covered;
  }

  concurrencyRefusal({ reserved, scope }: Share<G>): Refusal {
    const own = reserved !== undefined && scope.used >= scope.limit;
    return {
      reason: own ? "ReservedFunctionConcurrentInvocationLimitExceeded" : "ConcurrentInvocationLimitExceeded",
      retryAfterSeconds: 1,
    };
  }

  reserve(functions: Readonly<Record<string, number>>): void {
    for (const share of this.#shares.values()) share.reserved = undefined;
    for (const [functionArn, reserved] of Object.entries(functions)) this.shareOf(functionArn).reserved = reserved;
    this.recount();
  }

  recount(): void {
    for (const { unreserved } of this.#accounts.values())
      Object.assign(unreserved, { limit: this.#limits.accountConcurrency, used: 0, finishing: 0 });
    // What is at work changes sides with its function.
    for (const share of this.#shares.values()) recountShare(share);
  }

  prune(now: number): void {
    for (const [functionArn, share] of this.#shares) {
      for (const claim of share.claims) if (claim.count === 0 && claim.atWork === 0) share.claims.delete(claim);
      if (share.pools > 0 || share.reserved !== undefined || share.atWork > 0 || share.claims.size > 0) continue;
      // What it has used up of its rates would be forgotten with it.
      if (share.rate.waitMs(now) === 0 && share.scaling.full(now)) this.#shares.delete(functionArn);
    }
  }

  /** Everything of an unqualified ARN but the function's name. */
  #accountOf(functionArn: string): Account<G> {
    const key = functionArn.slice(0, functionArn.lastIndexOf(":"));
    let account = this.#accounts.get(key);
    if (account === undefined) {
      account = createAccount(this.#limits.accountConcurrency);
      this.#accounts.set(key, account);
    }
    return account;
  }
}
