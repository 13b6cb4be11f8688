import { functionArn, type FunctionId } from "@lambdock/model/arn";
import type { ProvisionedTarget } from "@lambdock/model/reserved-concurrency";
import { functionKey, provisionedKey, reservationsGenerationKey, reservationsKey } from "./keys.ts";
import { putProvisionedScript, replaceProvisionedScript } from "./lua/provisioned-concurrency.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** A provisioned concurrency configuration of one version or alias. */
export interface ProvisionedConfig extends Pick<ProvisionedTarget, "id" | "environments"> {
  /** Environments asked for. */
  readonly requested: number;
  /** Epoch milliseconds of the request. */
  readonly modified: number;
}

/** What bounds a new configuration. */
export interface ProvisionedLimits {
  /** `ConcurrentExecutions` of the account. */
  readonly accountConcurrency: number;
  /** What the account keeps for functions without a reservation. */
  readonly unreservedFloor: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** How a request for provisioned concurrency ended. */
export type ProvisionOutcome =
  | { readonly kind: "changed" }
  /** There is no such function. */
  | { readonly kind: "gone" }
  /** All of the function would be more than its reservation. */
  | { readonly kind: "over-reserved" }
  /** More than the account has left. */
  | { readonly kind: "over-account"; readonly unreserved: number }
  | { readonly kind: "below-floor" }
  /** For an alias: a version behind it has a configuration of its own. */
  | { readonly kind: "version-provisioned" }
  /** For a version: an alias of it has a configuration. */
  | { readonly kind: "alias-provisioned" };

/**
 * Provisioned concurrency of versions and aliases. It goes with its function; whoever deletes a
 * version or an alias deletes its configuration too. What bounds it is checked in the same instant in
 * which it is stored.
 */
export interface ProvisionedConcurrencyStore {
  get(id: FunctionId, qualifier: string): Promise<ProvisionedConfig | undefined>;
  put(id: FunctionId, qualifier: string, request: { readonly config: ProvisionedConfig } & ProvisionedLimits): Promise<ProvisionOutcome>;
  /** Replaces the configuration with that id by one of the same size. False when there is none any more. */
  replace(id: FunctionId, qualifier: string, change: { readonly expectedId: string; readonly config: ProvisionedConfig }): Promise<boolean>;
  /** Deletes the configuration, if it has that id where one is given. False when there is none. */
  delete(id: FunctionId, qualifier: string, expectedId?: string): Promise<boolean>;
  /** All of a function, in the order of their qualifiers. */
  list(id: FunctionId): Promise<readonly (readonly [qualifier: string, config: ProvisionedConfig])[]>;
}

/** Provisioned concurrency in Redis. */
export function createProvisionedConcurrencyStore(redis: RedisClient): ProvisionedConcurrencyStore {
  const swap = async (...args: readonly [target: string, expectedId: string, value: string]): Promise<boolean> =>
    (await runScript(redis, replaceProvisionedScript, { keys: [provisionedKey, reservationsGenerationKey], args })) === 1;
  return {
    async get(id, qualifier) {
      const value = await redis.hget(provisionedKey, functionArn(id, qualifier));
      return value === null ? undefined : decodeConfig(value);
    },
    put: (id, qualifier, request) => put(redis, { id, qualifier, request }),
    replace: (id, qualifier, { expectedId, config }) => swap(functionArn(id, qualifier), expectedId, encodeConfig(config)),
    delete: (id, qualifier, expectedId = "") => swap(functionArn(id, qualifier), expectedId, ""),
    async list(id) {
      const prefix = `${functionArn(id)}:`;
      return Object.entries(await redis.hgetall(provisionedKey))
        .filter(([target]) => target.startsWith(prefix))
        .map(([target, value]) => [target.slice(prefix.length), decodeConfig(value)] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1));
    },
  };
}

interface Put {
  readonly id: FunctionId;
  readonly qualifier: string;
  readonly request: Parameters<ProvisionedConcurrencyStore["put"]>[2];
}

async function put(redis: RedisClient, { id, qualifier, request }: Put): Promise<ProvisionOutcome> {
  const { config, accountConcurrency, unreservedFloor, now } = request;
  const [kind, unreserved] = (await runScript(redis, putProvisionedScript, {
    keys: [functionKey(id), reservationsKey, reservationsGenerationKey, provisionedKey],
    args: [
      functionArn(id),
      qualifier,
      config.requested,
      versionsOf(config),
      encodeConfig(config),
      functionArn({ ...id, name: "" }),
      accountConcurrency,
      unreservedFloor,
      Math.floor(now),
    ],
  })) as [ProvisionOutcome["kind"], number?];
  return kind === "over-account" ? { kind, unreserved: unreserved ?? 0 } : { kind };
}

/** One entry of the hash as the executor shall carry it out. */
export function provisionedTarget(target: string, value: string): ProvisionedTarget {
  const colon = target.lastIndexOf(":");
  const { id, environments } = decodeConfig(value);
  return { functionArn: target.slice(0, colon), qualifier: target.slice(colon + 1), id, environments };
}

/** What a stored value asks for. */
export function requestedBy(value: string): number {
  return Number.parseInt(value, 10);
}

/** The scripts read what stands before the JSON. */
function encodeConfig(config: ProvisionedConfig): string {
  const { id, modified, environments, requested } = config;
  return `${requested} ${versionsOf(config)} ${id} ${JSON.stringify({ modified, environments })}`;
}

function decodeConfig(value: string): ProvisionedConfig {
  const [, requested = "", id = "", json = ""] = /^(\d+) \S* (\S+) (.*)$/s.exec(value) ?? [];
  return { id, requested: Number(requested), ...(JSON.parse(json) as Pick<ProvisionedConfig, "modified" | "environments">) };
}

function versionsOf({ environments }: Pick<ProvisionedConfig, "environments">): string {
  return `,${environments.map(({ spec }) => spec.version).join(",")},`;
}
