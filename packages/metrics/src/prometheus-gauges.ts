/** Gauges of now: concurrency against its limits, and environments. */
import { ACCOUNT_ROW } from "./dimensions.ts";
import type { Fold } from "./fold.ts";
import { partsOf } from "./limits.ts";
import { functionLabels, scopeLabels, type Family, type Sample } from "./prometheus-text.ts";
import type { ScopeKey } from "./rows.ts";

/** The families, without values where nobody knows them. */
export function familiesOfGauges(fold: Fold | undefined): Family[] {
  const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({ name, help, type: "gauge", samples });
  const { limits } = fold?.concurrency ?? {};
  const scopes = scopesOf(fold);
  const account = (metric: string): Sample[] =>
    levelsOf(fold, metric, (row) => row === ACCOUNT_ROW).map(({ scope, value }) => ({ labels: scopeLabels(scope), value }));
  const reservations = [...(limits?.reservations ?? [])];
  const targets = [...(limits?.targets ?? [])];
  return [
    gauge("lambdock_concurrent_executions", "Invocations in flight", ofFunctions(fold, "ConcurrentExecutions")),
    gauge(
      "lambdock_reserved_concurrency",
      "Concurrency reserved for the function, its limit",
      reservations.map(([scope, name, value]) => ({ labels: functionLabels(scope, name), value })),
    ),
    gauge("lambdock_account_concurrent_executions", "Invocations in flight in the account", account("ConcurrentExecutions")),
    gauge("lambdock_account_concurrency_limit", "Concurrent executions that the account may have", [
      ...scopes.map((scope) => ({ labels: scopeLabels(scope), value: limits!.account })),
    ]),
    gauge(
      "lambdock_unreserved_concurrent_executions",
      "Invocations in flight of functions without a reservation",
      account("UnreservedConcurrentExecutions"),
    ),
    gauge("lambdock_unreserved_concurrency_limit", "What reservations and provisioned concurrency leave of the account", [
      ...scopes.map((scope) => ({ labels: scopeLabels(scope), value: limits!.account - limits!.allocated(scope) })),
    ]),
    gauge(
      "lambdock_provisioned_concurrency",
      "Provisioned concurrency as configured",
      targets.map(([scope, name, qualifier, value]) => ({ labels: functionLabels(scope, name, { qualifier }), value })),
    ),
    gauge(
      "lambdock_provisioned_concurrent_executions",
      "Invocations in flight on provisioned concurrency",
      ofFunctions(fold, "ProvisionedConcurrentExecutions"),
    ),
    gauge("lambdock_environments", "Execution environments by state", environments(fold)),
  ];
}

interface Reading {
  readonly scope: ScopeKey;
  readonly row: string;
  readonly value: number;
}

function levelsOf(fold: Fold | undefined, metric: string, wanted: (row: string) => boolean): Reading[] {
  return [...(fold?.concurrency.levels ?? [])].flatMap(({ about, value }) =>
    about.metric === metric && wanted(about.row) ? [{ scope: about.scope, row: about.row, value }] : [],
  );
}

function ofFunctions(fold: Fold | undefined, metric: string): Sample[] {
  return levelsOf(fold, metric, (row) => row.startsWith("f/")).map(({ scope, row, value }) => ({
    labels: functionLabels(scope, row.slice("f/".length)),
    value,
  }));
}

/** Accounts that have limits or ran something. */
function scopesOf(fold: Fold | undefined): readonly ScopeKey[] {
  if (fold === undefined) return [];
  const { levels, limits } = fold.concurrency;
  const scopes = [...[...levels].map(({ about }) => about.scope), ...[...limits.reservations, ...limits.targets].map(([scope]) => scope)];
  return [...new Set(scopes)];
}

function environments(fold: Fold | undefined): Sample[] {
  const counts = new Map<string, number>();
  for (const { functionArn, state, run } of fold?.environments.values() ?? []) {
    const { scope, name } = partsOf(functionArn);
    const labels = functionLabels(scope, name, { state: run === undefined ? state : "busy" });
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return [...counts].map(([labels, value]) => ({ labels, value }));
}
