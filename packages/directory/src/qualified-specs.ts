import { routesOf, type AliasRecord } from "@lambdock/model/alias";
import type { FunctionId } from "@lambdock/model/arn";
import { servingContent, type FunctionContent, type FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";
import { createAliasStore, type AliasStore } from "@lambdock/store/aliases";
import { createFunctionStore, type FunctionStore } from "@lambdock/store/functions";
import type { RedisClient } from "@lambdock/store/redis";
import { createVersionStore, type VersionStore } from "@lambdock/store/versions";
import { isAliasName } from "./function-address.ts";
import { LATEST, specOf } from "./spec.ts";

/** Where functions, versions and aliases are read. */
export interface QualifiedStores {
  readonly functions: Pick<FunctionStore, "get">;
  readonly versions: Pick<VersionStore, "get">;
  readonly aliases: Pick<AliasStore, "get">;
}

/** A version behind a qualifier. */
export interface VersionBehind {
  /** `$LATEST` or a version number. */
  readonly version: string;
  readonly record: FunctionRecord | FunctionVersionRecord;
  /** What invocations run. */
  readonly content: FunctionContent;
  /** Part of the requests to the qualifier that it gets; all together are 1. */
  readonly weight: number;
  /** The alias moves away from it, and what is provisioned with it: until that has happened it has all of the weight. */
  readonly leaving?: true;
}

/** A version behind a qualifier, as provisioned concurrency needs it. */
export type WeightedSpec = Pick<VersionBehind, "weight" | "leaving"> & { readonly spec: FunctionSpec };

/** One, or for an alias with routing two; what is not additional comes first. */
export type VersionsBehind = readonly [VersionBehind, ...VersionBehind[]];

/** An alias that moves again and again while it is looked up is given up after so many attempts. */
const ALIAS_ATTEMPTS_MAX = 5;

/** The stores of that Redis. */
export function qualifiedStores(redis: RedisClient): QualifiedStores {
  return { functions: createFunctionStore(redis), versions: createVersionStore(redis), aliases: createAliasStore(redis) };
}

/** What runs under a qualifier (a version number, an alias, `$LATEST` or none); `undefined` when there is no such thing. */
export async function versionsBehind(
  stores: QualifiedStores,
  id: FunctionId,
  qualifier: string = LATEST,
): Promise<VersionsBehind | undefined> {
  if (!isAliasName(qualifier)) {
    const only = await versionOf(stores, id, qualifier);
    return only === undefined ? undefined : [{ ...only, weight: 1 }];
  }
  for (let attempt = 1; attempt <= ALIAS_ATTEMPTS_MAX; attempt += 1) {
    const alias = await stores.aliases.get(id, qualifier);
    if (alias === undefined) return undefined;
    const versions = await routed(stores, id, alias);
    // Else its version is gone: the alias has moved since it was read, or the function was deleted.
    if (versions !== undefined) return versions;
  }
  return undefined;
}

/** The specifications behind a qualifier; `undefined` when there is no such thing. */
export async function specsBehind(
  stores: QualifiedStores,
  id: FunctionId,
  qualifier: string = LATEST,
): Promise<readonly WeightedSpec[] | undefined> {
  const versions = await versionsBehind(stores, id, qualifier);
  return versions?.map(({ version, content, weight, leaving }) => ({
    spec: specOf(id, content, version),
    weight,
    ...(leaving === undefined ? {} : { leaving }),
  }));
}

async function routed(stores: QualifiedStores, id: FunctionId, alias: AliasRecord): Promise<VersionsBehind | undefined> {
  const found = await Promise.all(
    routesOf(alias).map(async ({ version, ...route }) => {
      const behind = await versionOf(stores, id, version);
      return behind === undefined ? undefined : { ...behind, ...route };
    }),
  );
  return found.every((behind) => behind !== undefined) ? (found as unknown as VersionsBehind) : undefined;
}

async function versionOf(
  stores: QualifiedStores,
  id: FunctionId,
  version: string,
): Promise<Omit<VersionBehind, "weight" | "leaving"> | undefined> {
  if (version === LATEST) {
    const record = await stores.functions.get(id);
    return record === undefined ? undefined : { version, record, content: servingContent(record) };
  }
  const record = await stores.versions.get(id, version);
  return record === undefined ? undefined : { version, record, content: record.Content };
}
