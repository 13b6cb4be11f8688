import type { FunctionId, Scope } from "@lambdock/model/arn";
import { functionKey, functionPoliciesKey, layerKey, layerPoliciesKey } from "./keys.ts";
import { swapFieldScript } from "./lua/swap-field.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** A statement of a resource policy, in the order of members in which AWS writes it. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: string | Readonly<Record<string, string>>;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A resource policy with its own revision. It has at least one statement. */
export interface StoredPolicy {
  readonly RevisionId: string;
  readonly Statement: readonly PolicyStatement[];
}

/** What a policy belongs to: a function's qualifier (`$LATEST` when none), or a layer version. */
export type PolicyOwner =
  | { readonly kind: "function"; readonly id: FunctionId; readonly qualifier: string }
  | { readonly kind: "layer"; readonly scope: Scope; readonly layer: string; readonly version: number };

/** Resource policies. */
export interface PolicyStore {
  get(owner: PolicyOwner): Promise<StoredPolicy | undefined>;
  /** Changes the policy; `change` may run again when another writer came between. A policy of no statements is removed. */
  update(owner: PolicyOwner, change: (policy: StoredPolicy | undefined) => StoredPolicy): Promise<"stored" | "gone">;
}

/** Resource policies in Redis. */
export function createPolicyStore(redis: RedisClient): PolicyStore {
  return {
    async get(owner) {
      return parse(await redis.hget(placeOf(owner).key, placeOf(owner).field));
    },
    update: (owner, change) => update(redis, placeOf(owner), change),
  };
}

interface Place {
  readonly key: string;
  readonly field: string;
  /** The policy must not outlive this. */
  readonly ownerKey: string;
}

function placeOf(owner: PolicyOwner): Place {
  if (owner.kind === "function") return { key: functionPoliciesKey(owner.id), field: owner.qualifier, ownerKey: functionKey(owner.id) };
  return { key: layerPoliciesKey(owner.scope, owner.layer), field: String(owner.version), ownerKey: layerKey(owner.scope, owner.layer) };
}

async function update(
  redis: RedisClient,
  place: Place,
  change: (policy: StoredPolicy | undefined) => StoredPolicy,
): Promise<"stored" | "gone"> {
  for (;;) {
    const before = await redis.hget(place.key, place.field);
    const after = change(parse(before));
    const text = after.Statement.length === 0 ? "" : JSON.stringify(after);
    const outcome = await runScript(redis, swapFieldScript, { keys: [place.key, place.ownerKey], args: [place.field, before ?? "", text] });
    if (outcome === 1) return "stored";
    if (outcome === -1) return "gone";
  }
}

function parse(text: string | null): StoredPolicy | undefined {
  return text === null ? undefined : (JSON.parse(text) as StoredPolicy);
}
