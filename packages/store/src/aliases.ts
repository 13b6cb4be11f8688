import { routesOf, type AliasRecord } from "@lambdock/model/alias";
import type { FunctionId } from "@lambdock/model/arn";
import {
  eventInvokeConfigsKey,
  functionAliasesKey,
  functionChangesChannel,
  functionKey,
  functionPoliciesKey,
  functionVersionsKey,
} from "./keys.ts";
import { deleteAliasScript, putAliasScript } from "./lua/aliases.ts";
import { memberOf } from "./member.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** How a write of an alias ended: the alias as it is now, or why it was not stored. */
export type AliasOutcome =
  | { readonly kind: "stored"; readonly alias: AliasRecord; readonly before: AliasRecord | undefined }
  | { readonly kind: "gone" }
  | { readonly kind: "missing-version"; readonly version: string };

/** Aliases of functions. They go with their function; a version that one points to can't be deleted. */
export interface AliasStore {
  readonly get: (id: FunctionId, name: string) => Promise<AliasRecord | undefined>;
  /**
   * Stores what `change` makes of the alias that is stored now, under that name. It may run again when
   * another writer came between, and what it throws passes.
   */
  update(id: FunctionId, name: string, change: (before: AliasRecord | undefined) => AliasRecord): Promise<AliasOutcome>;
  /** Deletes the alias with its policy and event invoke config; answers it, `undefined` when there was none. */
  delete(id: FunctionId, name: string): Promise<AliasRecord | undefined | "gone">;
  /** All of a function, in the order of their names. */
  readonly list: (id: FunctionId) => Promise<readonly AliasRecord[]>;
}

/** Aliases in Redis. */
export function createAliasStore(redis: RedisClient): AliasStore {
  return {
    get: async (id, name) => parse(await redis.hget(functionAliasesKey(id), name)),
    update: (id, name, change) => update(redis, { id, name, change }),
    async delete(id, name) {
      const answer = (await runScript(redis, deleteAliasScript, {
        keys: [functionKey(id), functionAliasesKey(id), functionPoliciesKey(id), eventInvokeConfigsKey(id)],
        args: [name, functionChangesChannel, memberOf(id)],
      })) as string;
      if (answer === "gone") return "gone";
      return answer === "" ? undefined : parse(answer);
    },
    async list(id) {
      const texts = await redis.hvals(functionAliasesKey(id));
      return texts.map((text) => parse(text)!).sort((one, other) => (one.Name < other.Name ? -1 : 1));
    },
  };
}

interface Update {
  readonly id: FunctionId;
  readonly name: string;
  readonly change: (before: AliasRecord | undefined) => AliasRecord;
}

async function update(redis: RedisClient, { id, name, change }: Update): Promise<AliasOutcome> {
  for (;;) {
    const text = await redis.hget(functionAliasesKey(id), name);
    const before = parse(text);
    const alias = change(before);
    const versions = routesOf(alias).map(({ version }) => version);
    const answer = await runScript(redis, putAliasScript, {
      keys: [functionKey(id), functionVersionsKey(id), functionAliasesKey(id)],
      args: [
        name,
        text ?? "",
        JSON.stringify(alias),
        functionChangesChannel,
        memberOf(id),
        ...versions.filter((version) => version !== "$LATEST"),
      ],
    });
    if (answer === "") return { kind: "stored", alias, before };
    if (answer === "gone") return { kind: "gone" };
    if (answer !== "changed") return { kind: "missing-version", version: answer as string };
  }
}

function parse(text: string | null): AliasRecord | undefined {
  return text === null ? undefined : (JSON.parse(text) as AliasRecord);
}
