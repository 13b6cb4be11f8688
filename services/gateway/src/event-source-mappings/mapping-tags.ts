import type { Scope } from "@lambdock/model/arn";
import { AwsError, invalidParameter, notFound } from "@lambdock/model/errors/aws-error";
import { TAGS_MAX } from "@lambdock/model/limits";
import type { MappingStore } from "@lambdock/store/event-source-mappings";
import type { Tags } from "@lambdock/store/tags";

/** Tags of an event source mapping, by its ARN. */
export interface MappingTags {
  put(tags: Tags): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  list(): Promise<Tags>;
}

/** Throws 404 when there is no such mapping, and AccessDeniedException for another account's. */
export async function tagsOfMapping(mappings: MappingStore, scope: Scope, arn: string): Promise<MappingTags> {
  const [, , , region, accountId, , uuid = ""] = arn.split(":");
  if (accountId !== scope.accountId) throw new AwsError("AccessDeniedException", null);
  const missing = (): Error => notFound(`Event source mapping not found: ${arn}`);
  const mapping = await mappings.get(uuid.toLowerCase());
  if (mapping === undefined || mapping.accountId !== accountId || mapping.region !== region || region !== scope.region) throw missing();
  return {
    async put(tags) {
      const outcome = await mappings.tags.put(mapping.uuid, tags, TAGS_MAX);
      if (outcome === "too-many") throw invalidParameter("Number of tags exceeds resource tag limit.");
      if (outcome === "gone") throw missing();
    },
    remove: (keys) => mappings.tags.remove(mapping.uuid, keys),
    list: () => mappings.tags.list(mapping.uuid),
  };
}
