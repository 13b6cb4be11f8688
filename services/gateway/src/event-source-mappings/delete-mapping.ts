import { notFound } from "@lambdock/model/errors/aws-error";
import type { Operation, RequestContext } from "../operation.ts";
import type { MappingParts } from "./mapping-parts.ts";
import { shownMapping } from "./mapping-view.ts";
import { requireMapping } from "./read-mappings.ts";
import { requireSettled } from "./update-mapping.ts";

/** DeleteEventSourceMapping: the poller lets go of the source, then the mapping is gone. */
export function deleteEventSourceMapping(parts: MappingParts): Operation {
  return async ({ UUID }: { readonly UUID: string }, { scope }: RequestContext) => {
    const { uuid } = await requireMapping(parts, scope, UUID);
    const outcome = await parts.mappings.update(uuid, (before) => {
      requireSettled(before, "delete");
      return { state: "Deleting" };
    });
    if (outcome.kind !== "updated") throw notFound("The resource you requested does not exist.");
    return shownMapping(outcome.mapping);
  };
}
