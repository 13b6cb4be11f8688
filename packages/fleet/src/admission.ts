/**
 * Whether an invocation may begin: the account's concurrency, shared by all functions without a
 * reservation, and the reserved concurrency of the others (scaling.md sections 1 and 2).
 *
 * A function with a reservation runs at most that many at once, all its versions together, and never
 * uses the unreserved pool; the others share what the reservations leave of the account. A
 * reservation that shrinks below what runs lets it finish and admits nothing new; until then what
 * runs still counts against the account, so that its concurrency is never exceeded either.
 *
 * Accounts are told apart, and so are their regions, as AWS's limits are.
 */
import { invariant } from "@lambdock/model/invariant";
import type { ThrottleReason } from "@lambdock/model/invocation";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";

/** One function's part of its account's concurrency. Only the admission changes it. */
export interface Share {
  readonly account: Account;
  /** Concurrent executions reserved for the function. */
  reserved: number | undefined;
  /** Invocations admitted and not yet answered. */
  inFlight: number;
}

/** One account in one region. */
interface Account {
  inFlight: number;
  /** Invocations in flight of functions without a reservation. */
  unreservedInFlight: number;
  /** Sum of all reservations. */
  reserved: number;
}

/** The invocations in flight, counted where limits hold. */
export interface Admission {
  /** The function's part, made when it is new. */
  shareOf(functionArn: string): Share;
  /** Counts the invocation, or answers why it is throttled. */
  admit(share: Share): ThrottleReason | undefined;
  /** The invocation has its answer, or will not run. */
  release(share: Share): void;
  /** Puts a table in force, unless a newer one is. */
  reserve(table: ReservationTable): void;
  /** Forgets functions of which there is nothing to remember. */
  prune(): void;
  /** Invocations in flight in all accounts. */
  readonly inFlight: number;
}

/** Counts nothing yet; every account may have that many invocations in flight. */
export function createAdmission(accountConcurrency: number): Admission {
  return new CountingAdmission(accountConcurrency);
}

/**
 * True when a function with a reservation would be at work in more environments than it reserved, if
 * its admitted invocation took another one while `finishing` of them are only about to be free.
 */
export function mustReuse({ reserved, inFlight }: Share, finishing: number): boolean {
  return reserved !== undefined && inFlight + finishing > reserved;
}

class CountingAdmission implements Admission {
  readonly #accountConcurrency: number;
  readonly #accounts = new Map<string, Account>();
  readonly #shares = new Map<string, Share>();
  #table: ReservationTable = { generation: 0, functions: {} };
  inFlight = 0;

  constructor(accountConcurrency: number) {
    this.#accountConcurrency = accountConcurrency;
  }

  shareOf(functionArn: string): Share {
    let share = this.#shares.get(functionArn);
    if (share === undefined) {
      share = { account: this.#accountOf(functionArn), reserved: undefined, inFlight: 0 };
      this.#shares.set(functionArn, share);
    }
    return share;
  }

  admit(share: Share): ThrottleReason | undefined {
    const { account, reserved } = share;
    if (reserved !== undefined && share.inFlight >= reserved) return "ReservedFunctionConcurrentInvocationLimitExceeded";
    if (account.inFlight >= this.#accountConcurrency) return "ConcurrentInvocationLimitExceeded";
    if (reserved === undefined) {
      if (account.unreservedInFlight >= this.#accountConcurrency - account.reserved) return "ConcurrentInvocationLimitExceeded";
      account.unreservedInFlight += 1;
    }
    account.inFlight += 1;
    share.inFlight += 1;
    this.inFlight += 1;
    return undefined;
  }

  release(share: Share): void {
    invariant(share.inFlight > 0, "an invocation is released once");
    share.inFlight -= 1;
    share.account.inFlight -= 1;
    if (share.reserved === undefined) share.account.unreservedInFlight -= 1;
    this.inFlight -= 1;
  }

  reserve(table: ReservationTable): void {
    if (table.generation < this.#table.generation) return;
    this.#table = table;
    for (const share of this.#shares.values()) share.reserved = undefined;
    for (const [functionArn, reserved] of Object.entries(table.functions)) this.shareOf(functionArn).reserved = reserved;
    // What is in flight changes sides with its function.
    for (const account of this.#accounts.values()) Object.assign(account, { unreservedInFlight: 0, reserved: 0 });
    for (const { account, reserved, inFlight } of this.#shares.values()) {
      if (reserved === undefined) account.unreservedInFlight += inFlight;
      else account.reserved += reserved;
    }
  }

  prune(): void {
    for (const [functionArn, share] of this.#shares)
      if (share.inFlight === 0 && share.reserved === undefined) this.#shares.delete(functionArn);
  }

  /** Everything of an unqualified ARN but the function's name. */
  #accountOf(functionArn: string): Account {
    const key = functionArn.slice(0, functionArn.lastIndexOf(":"));
    let account = this.#accounts.get(key);
    if (account === undefined) {
      account = { inFlight: 0, unreservedInFlight: 0, reserved: 0 };
      this.#accounts.set(key, account);
    }
    return account;
  }
}
