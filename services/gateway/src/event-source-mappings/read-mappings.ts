import { addressOf } from "@lambdock/directory/function-address";
import { LATEST } from "@lambdock/directory/spec";
import type { Scope } from "@lambdock/model/arn";
import { notFound } from "@lambdock/model/errors/aws-error";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import { decodeMarker, encodeMarker } from "../functions/marker.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { checkArn } from "./event-source.ts";
import type { ListMappingsInput } from "./mapping-inputs.ts";
import type { MappingParts } from "./mapping-parts.ts";
import { shownMapping } from "./mapping-view.ts";

const PAGE_MAX = 100;

/** GetEventSourceMapping. */
export function getEventSourceMapping(parts: MappingParts): Operation {
  return async ({ UUID }: { readonly UUID: string }, { scope }: RequestContext) => shownMapping(await requireMapping(parts, scope, UUID));
}

/** ListEventSourceMappings, at most a hundred to a page; a source or function that does not exist has none [recorded]. */
export function listEventSourceMappings({ mappings }: MappingParts): Operation {
  return async (input: ListMappingsInput, { scope }: RequestContext) => {
    if (input.EventSourceArn !== undefined) checkArn(input.EventSourceArn);
    const after = decodeMarker(input.Marker);
    const wanted = filterOf(scope, input);
    const left = (await mappings.list(scope)).filter((mapping) => wanted(mapping) && (after === undefined || mapping.uuid > after));
    const page = left.slice(0, Math.min(input.MaxItems ?? PAGE_MAX, PAGE_MAX));
    const last = page.at(-1)?.uuid;
    return {
      EventSourceMappings: page.map(shownMapping),
      ...(page.length < left.length && last !== undefined ? { NextMarker: encodeMarker(last) } : {}),
    };
  };
}

/** A mapping of the caller's; throws 404 when there is none. */
export async function requireMapping(
  { mappings }: Pick<MappingParts, "mappings">,
  scope: Scope,
  uuid: string,
): Promise<EventSourceMapping> {
  const mapping = await mappings.get(uuid);
  if (mapping === undefined || mapping.accountId !== scope.accountId || mapping.region !== scope.region)
    throw notFound("The resource you requested does not exist.");
  return mapping;
}

/** A name without a qualifier means the mappings of the unqualified function. */
function filterOf(scope: Scope, { EventSourceArn, FunctionName }: ListMappingsInput): (mapping: EventSourceMapping) => boolean {
  const address = FunctionName === undefined ? undefined : addressOf(scope, FunctionName);
  return ({ eventSourceArn, functionName, qualifier = LATEST }) =>
    (EventSourceArn === undefined || eventSourceArn === EventSourceArn) &&
    (address === undefined || (functionName === address.id.name && qualifier === (address.qualifier ?? LATEST)));
}
