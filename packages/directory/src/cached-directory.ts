import { routeOf } from "@lambdock/model/alias";
import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import type { AwsError } from "@lambdock/model/errors/aws-error";
import type { FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import { idOf } from "@lambdock/store/functions";
import type { FunctionDirectory, ResolvedFunction } from "./function-directory.ts";
import { addressOf, functionNotFound, type FunctionAddress } from "./function-address.ts";
import { versionsBehind, type QualifiedStores, type VersionBehind, type VersionsBehind } from "./qualified-specs.ts";
import { LATEST, specOf } from "./spec.ts";
import { stateConflict } from "./state-conflict.ts";

/** A directory that remembers, and can be told to forget. */
export interface CachedDirectory extends FunctionDirectory {
  /** The function, a version or an alias of it was written: what is known of it is old, and what is being loaded may be. */
  forget(id: FunctionId): void;
  forgetAll(): void;
  /** A record was read: forget what is known if it is of another revision. */
  seen(record: FunctionRecord): void;
}

/** Functions remembered at once, and qualifiers of each; the one remembered longest goes first. */
const FUNCTIONS_MAX = 10_000;
const QUALIFIERS_MAX = 1_000;

/** A version as it can be run now, or why it can't be. */
type Runnable =
  | { readonly revisionId: string; readonly spec: FunctionSpec; readonly roleArn: string }
  | { readonly revisionId: string; readonly refusal: () => AwsError };
type Route = Runnable & { readonly weight: number };
/** What a qualifier leads to. */
type Routes = readonly [Route, ...Route[]];

/** What is known of one function, until it is written. */
interface Known {
  readonly routes: Map<string, Routes>;
  readonly loading: Map<string, Promise<Routes | undefined>>;
}

/**
 * Functions, versions and aliases from memory on the warm path; errors of the stores pass through.
 * `random` is uniform in [0, 1): it chooses the version of each request to an alias with routing.
 */
export function createCachedDirectory(stores: QualifiedStores, random: () => number = Math.random): CachedDirectory {
  const functions = new Map<string, Known>();

  const load = ({ id }: FunctionAddress, qualifier: string): Promise<Routes | undefined> => {
    const key = keyOf(id);
    const known = functions.get(key) ?? { routes: new Map(), loading: new Map() };
    const running = known.loading.get(qualifier);
    if (running !== undefined) return running;
    keep(functions, { key, value: known, most: FUNCTIONS_MAX });
    const started = versionsBehind(stores, id, qualifier)
      .then((behind) => {
        const routes = behind === undefined ? undefined : routesOf(id, behind);
        // Forgotten while it was loading: good for those who asked before, not for later ones, who asked anew.
        if (routes !== undefined) keep(known.routes, { key: qualifier, value: routes, most: QUALIFIERS_MAX });
        return routes;
      })
      .finally(() => {
        known.loading.delete(qualifier);
        if (known.routes.size === 0 && known.loading.size === 0 && functions.get(key) === known) functions.delete(key);
      });
    known.loading.set(qualifier, started);
    return started;
  };

  return {
    resolve(scope: Scope, functionName: string, qualifier: string | undefined) {
      const address = addressOf(scope, functionName, qualifier);
      const wanted = address.qualifier ?? LATEST;
      const routes = functions.get(keyOf(address.id))?.routes.get(wanted);
      return routes === undefined
        ? load(address, wanted).then((loaded) => resolved(address, loaded, random))
        : resolved(address, routes, random);
    },
    forget: (id) => void functions.delete(keyOf(id)),
    forgetAll: () => functions.clear(),
    seen(record) {
      const key = keyOf(idOf(record));
      const latest = functions.get(key)?.routes.get(LATEST);
      if (latest !== undefined && latest[0].revisionId !== record.RevisionId) functions.delete(key);
    },
  };
}

function routesOf(id: FunctionId, behind: VersionsBehind): Routes {
  return behind.map((version) => ({ ...runnable(id, version), weight: version.weight })) as unknown as Routes;
}

function runnable(id: FunctionId, { record, version, content }: VersionBehind): Runnable {
  const { RevisionId: revisionId } = record;
  if (record.State !== "Active") return { revisionId, refusal: () => stateConflict(record) };
  return { revisionId, spec: specOf(id, content, version), roleArn: content.Role };
}

function resolved(address: FunctionAddress, routes: Routes | undefined, random: () => number): ResolvedFunction {
  if (routes === undefined) throw functionNotFound(functionArn(address.id, address.qualifier ?? LATEST));
  const route = routes.length === 1 ? routes[0] : routeOf(routes, random());
  if ("refusal" in route) throw route.refusal();
  return { spec: route.spec, invokedFunctionArn: address.arn, executedVersion: route.spec.version, roleArn: route.roleArn };
}

/** Stores an entry; past the bound the oldest goes. */
function keep<Value>(
  map: Map<string, Value>,
  { key, value, most }: { readonly key: string; readonly value: Value; readonly most: number },
): void {
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}

function keyOf({ accountId, region, name }: FunctionId): string {
  return `${accountId}:${region}:${name}`;
}
