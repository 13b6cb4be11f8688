/**
 * Reserved concurrency: what a function may use at most, and nobody else may.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */

/** The reservations of all functions of all accounts, as whoever places invocations needs to know them. */
export interface ReservationTable {
  /** Grows with every change: of two tables the one with the greater number is the newer. */
  readonly generation: number;
  /** Unqualified function ARN -> concurrent executions reserved for all its versions together; 0 blocks it. */
  readonly functions: Readonly<Record<string, number>>;
}

/** What an account keeps for functions without a reservation; all of it in an account that is smaller [recorded]. */
export function unreservedFloor(accountConcurrency: number): number {
  return Math.min(UNRESERVED_FLOOR, accountConcurrency);
}

const UNRESERVED_FLOOR = 100;
