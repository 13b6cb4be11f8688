/** What is reserved and provisioned, as the metrics need it. */
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import { resourceOf } from "./dimensions.ts";
import type { ScopeKey } from "./rows.ts";

/** Concurrency limits by scope; all counts are of concurrent executions. */
export interface Limits {
  readonly generation: number;
  /** Of any account and region. */
  readonly account: number;
  reserved(scope: ScopeKey, name: string): number | undefined;
  /** Configured for a version or alias, `NAME:QUALIFIER`. */
  provisioned(scope: ScopeKey, resource: string): number | undefined;
  /** Reserved, and provisioned for functions without a reservation: what nobody else may use. */
  allocated(scope: ScopeKey): number;
  readonly reservations: Iterable<readonly [scope: ScopeKey, name: string, reserved: number]>;
  readonly targets: Iterable<readonly [scope: ScopeKey, name: string, qualifier: string, provisioned: number]>;
}

/** A function's ARN in parts. */
export interface FunctionParts {
  readonly scope: ScopeKey;
  readonly name: string;
  readonly qualifier: string | undefined;
}

/** `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`. */
export function partsOf(functionArn: string): FunctionParts {
  const [, , , region, account, , name = "", qualifier] = functionArn.split(":");
  return { scope: `${account}:${region}`, name, qualifier };
}

/** The limits of a table. */
export function limitsOf(table: ReservationTable, account: number): Limits {
  const reservations = Object.entries(table.functions).map(([arn, reserved]) => {
    const { scope, name } = partsOf(arn);
    return [scope, name, reserved] as const;
  });
  const targets = (table.provisioned ?? []).map(({ functionArn, qualifier, environments }) => {
    const { scope, name } = partsOf(functionArn);
    return [scope, name, qualifier, environments.reduce((sum, { count }) => sum + count, 0)] as const;
  });
  const reserved = new Map(reservations.map(([scope, name, count]) => [`${scope} ${name}`, count]));
  const provisioned = new Map(targets.map(([scope, name, qualifier, count]) => [`${scope} ${resourceOf(name, qualifier)}`, count]));
  const allocated = new Map<ScopeKey, number>();
  const allocate = (scope: ScopeKey, count: number): void => void allocated.set(scope, (allocated.get(scope) ?? 0) + count);
  for (const [scope, , count] of reservations) allocate(scope, count);
  // A function's provisioned concurrency is part of what it reserved, if it did.
  for (const [scope, name, , count] of targets) if (!reserved.has(`${scope} ${name}`)) allocate(scope, count);
  return {
    generation: table.generation,
    account,
    reserved: (scope, name) => reserved.get(`${scope} ${name}`),
    provisioned: (scope, resource) => provisioned.get(`${scope} ${resource}`),
    allocated: (scope) => allocated.get(scope) ?? 0,
    reservations,
    targets,
  };
}
