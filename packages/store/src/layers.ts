import type { Scope } from "@lambdock/model/arn";
import { codeStorageKey, layerKey, layerNamesKey, layerNumbersKey, layerPoliciesKey } from "./keys.ts";
import { deleteLayerVersionScript } from "./lua/delete-layer-version.ts";
import { namesAfter, type Page, type PageRequest } from "./name-pages.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** A published layer version, with AWS's member names. */
export interface LayerVersionRecord {
  readonly LayerName: string;
  readonly Version: number;
  readonly Description: string;
  /** `2025-11-25T02:26:54.123+0000`. */
  readonly CreatedDate: string;
  readonly CompatibleRuntimes?: readonly string[];
  readonly CompatibleArchitectures?: readonly string[];
  readonly LicenseInfo?: string;
  readonly Sha256Hex: string;
  /** Base64. */
  readonly CodeSha256: string;
  /** Bytes. */
  readonly CodeSize: number;
  /** Bytes. */
  readonly UnzippedSize: number;
}

/** A layer and its versions, the newest first. */
export interface LayerWithVersions {
  readonly LayerName: string;
  readonly Versions: readonly LayerVersionRecord[];
}

/** Layer versions. */
export interface LayerStore {
  /** A number that no version of the layer has had or will have again. */
  nextVersion(scope: Scope, layer: string): Promise<number>;
  put(scope: Scope, record: LayerVersionRecord): Promise<void>;
  get(scope: Scope, layer: string, version: number): Promise<LayerVersionRecord | undefined>;
  /** All versions, the newest first; none for an unknown layer. */
  versions(scope: Scope, layer: string): Promise<readonly LayerVersionRecord[]>;
  /** A page of layers that have versions, in the order of their names. */
  list(scope: Scope, page: PageRequest): Promise<Page<LayerWithVersions>>;
  /** Deletes the version and its policy; answers what was deleted. */
  delete(scope: Scope, layer: string, version: number): Promise<LayerVersionRecord | undefined>;
}

/** Layer versions in Redis. */
export function createLayerStore(redis: RedisClient): LayerStore {
  const versions = async (scope: Scope, layer: string): Promise<readonly LayerVersionRecord[]> => {
    const texts = await redis.hvals(layerKey(scope, layer));
    return texts.map((text) => JSON.parse(text) as LayerVersionRecord).sort((a, b) => b.Version - a.Version);
  };
  return {
    versions,
    nextVersion: (scope, layer) => redis.hincrby(layerNumbersKey(scope), layer, 1),
    put: (scope, record) => put(redis, scope, record),
    get: async (scope, layer, version) => parse(await redis.hget(layerKey(scope, layer), String(version))),
    async list(scope, request) {
      const names = await namesAfter(redis, layerNamesKey(scope), request);
      const layers = await Promise.all(names.items.map(async (LayerName) => ({ LayerName, Versions: await versions(scope, LayerName) })));
      return { ...names, items: layers.filter((layer) => layer.Versions.length > 0) };
    },
    async delete(scope, layer, version) {
      const record = await runScript(redis, deleteLayerVersionScript, {
        keys: [layerKey(scope, layer), layerPoliciesKey(scope, layer), layerNamesKey(scope), codeStorageKey(scope)],
        args: [version, layer],
      });
      return parse(record as string | null);
    },
  };
}

async function put(redis: RedisClient, scope: Scope, record: LayerVersionRecord): Promise<void> {
  await redis
    .multi()
    .hset(layerKey(scope, record.LayerName), String(record.Version), JSON.stringify(record))
    .zadd(layerNamesKey(scope), 0, record.LayerName)
    .hset(codeStorageKey(scope), `layer:${record.LayerName}:${record.Version}`, record.CodeSize)
    .exec();
}

function parse(text: string | null): LayerVersionRecord | undefined {
  return text === null ? undefined : (JSON.parse(text) as LayerVersionRecord);
}
