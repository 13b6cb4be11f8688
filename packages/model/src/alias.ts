/**
 * An alias as it is stored; member names are AWS's own.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
 */
export interface AliasRecord {
  readonly Name: string;
  /** A version number, or `$LATEST`. */
  readonly FunctionVersion: string;
  readonly Description: string;
  /** UUID; changes with every write. */
  readonly RevisionId: string;
  /** Absent when all invocations go to FunctionVersion. */
  readonly RoutingConfig?: AliasRouting;
  /**
   * The routing is Lambda's own: all requests stay with the version that the alias pointed to before, until
   * what is provisioned for the alias is initialized for FunctionVersion.
   */
  readonly Moving?: true;
}

export interface AliasRouting {
  /** Version number -> part of the invocations that it gets, 0 to 1; the others go to FunctionVersion. */
  readonly AdditionalVersionWeights: Readonly<Record<string, number>>;
}

/** A version behind an alias, and the part of the invocations that it gets. */
export interface AliasRoute {
  readonly version: string;
  readonly weight: number;
  /** The alias moves away from it. */
  readonly leaving?: true;
}

/** The versions behind an alias, FunctionVersion first; the weights add up to 1. */
export function routesOf({
  FunctionVersion,
  RoutingConfig,
  Moving,
}: Pick<AliasRecord, "FunctionVersion" | "RoutingConfig" | "Moving">): readonly AliasRoute[] {
  const leaving = Moving === undefined ? {} : { leaving: Moving };
  const additional = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {}).map(([version, weight]) => ({
    version,
    weight,
    ...leaving,
  }));
  const elsewhere = additional.reduce((sum, { weight }) => sum + weight, 0);
  return [{ version: FunctionVersion, weight: 1 - elsewhere }, ...additional];
}

/** The route that a request takes. `random` is uniform in [0, 1); weights add up to 1, the first takes what rounding leaves. */
export function routeOf<Route extends { readonly weight: number }>(routes: readonly [Route, ...Route[]], random: number): Route {
  let past = 0;
  for (const route of routes.slice(1)) {
    past += route.weight;
    if (random < past) return route;
  }
  return routes[0];
}
