/**
 * Concurrency that belongs to somebody: reserved for a function, or provisioned for a version or an
 * alias of it. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
import type { FunctionSpec } from "./function-spec.ts";

/** What is reserved and provisioned in all accounts, as whoever places invocations needs to know it. */
export interface ReservationTable {
  /** Grows with every change: of two tables the one with the greater number is the newer. */
  readonly generation: number;
  /** Unqualified function ARN -> concurrent executions reserved for all its versions together; 0 blocks it. */
  readonly functions: Readonly<Record<string, number>>;
  /** Absent is none. */
  readonly provisioned?: readonly ProvisionedTarget[];
}

/** One provisioned concurrency configuration as it is to be carried out. */
export interface ProvisionedTarget {
  /** Unqualified. */
  readonly functionArn: string;
  /**
   * The version number or alias for which it is configured. Invocations of the versions behind it use
   * it, also when they are addressed by the version's own number [recorded].
   */
  readonly qualifier: string;
  /** Changes with every request that begins a new allocation (Put, or an alias that moved). */
  readonly id: string;
  /**
   * Environments to keep initialized; their counts add up to what was requested. An alias with routing has
   * two. A count of 0 is of the version that the alias moves away from: what there is of it stays for as long as it
   * is listed.
   */
  readonly environments: readonly { readonly spec: FunctionSpec; readonly count: number }[];
}

/** `Status` of ProvisionedConcurrencyConfig. */
export type ProvisionedStatus = "IN_PROGRESS" | "READY" | "FAILED";

/** How far the allocation of one {@link ProvisionedTarget} has come. Counts are of environments. */
export interface ProvisionedAllocation {
  readonly functionArn: string;
  readonly qualifier: string;
  readonly id: string;
  readonly status: ProvisionedStatus;
  readonly allocated: number;
  /** 0 until everything requested is allocated. */
  readonly available: number;
  /** Such as `FUNCTION_ERROR_INIT_FAILURE`. */
  readonly statusReason?: string;
}

/** What an account keeps for functions without a reservation: `minimum`, or all of an account that is smaller [recorded]. */
export function unreservedFloor(accountConcurrency: number, minimum: number = UNRESERVED_MINIMUM): number {
  return Math.min(minimum, accountConcurrency);
}

/** AWS's minimum of UnreservedConcurrentExecutions. */
export const UNRESERVED_MINIMUM = 100;
