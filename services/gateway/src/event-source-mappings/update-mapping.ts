import { AwsError, notFound } from "@lambdock/model/errors/aws-error";
import type { EventSourceMapping, MappingState } from "@lambdock/model/event-source-mapping";
import type { MappingChange } from "@lambdock/store/event-source-mappings";
import type { Operation, RequestContext } from "../operation.ts";
import { duplicate, warnOfKey } from "./create-mapping.ts";
import { sourceOfMapping } from "./event-source.ts";
import { functionBehind, mappedFunction, type MappedFunction } from "./mapping-function.ts";
import type { UpdateMappingInput } from "./mapping-inputs.ts";
import type { MappingParts } from "./mapping-parts.ts";
import { changedSettings } from "./mapping-settings.ts";
import { requireMapping } from "./read-mappings.ts";
import { shownMapping } from "./mapping-view.ts";
import { requireSource, requireVisibility } from "./require-source.ts";
import { checkSettings } from "./setting-rules.ts";
import { refuseForeignSettings } from "./setting-support.ts";

/** UpdateEventSourceMapping: answers the state on the way; the poller makes the mapping Enabled or Disabled again. */
export function updateEventSourceMapping(parts: MappingParts): Operation {
  return async (input: UpdateMappingInput, context: RequestContext) => {
    const { scope, now } = context;
    const current = await requireMapping(parts, scope, input.UUID);
    requireSettled(current, "update");
    const source = sourceOfMapping(current);
    refuseForeignSettings(source, input);
    checkSettings(scope, source, changedSettings(current.settings, input));
    const target = input.FunctionName === undefined ? undefined : await mappedFunction(parts, scope, input.FunctionName);
    if (target !== undefined) await requireSource(parts, { source, target }, context);
    else if (source.kind === "sqs" && (input.Enabled ?? current.enabled)) await checkMapped(parts, current, context);
    const outcome = await parts.mappings.update(current.uuid, (before) => {
      requireSettled(before, "update");
      const settings = changedSettings(before.settings, input);
      checkSettings(scope, source, settings);
      const enabled = input.Enabled ?? before.enabled;
      return { settings, enabled, state: stateOnTheWay(before.state, enabled), lastModified: now, ...functionOf(target) };
    });
    if (outcome.kind === "gone") throw notFound("The resource you requested does not exist.");
    if (outcome.kind === "duplicate") throw duplicate(source, target ?? addressedBy(current), outcome.uuid);
    warnOfKey(parts, outcome.mapping);
    return shownMapping(outcome.mapping);
  };
}

/** The queue of a mapping that goes on against its function, if that is there. */
async function checkMapped(parts: MappingParts, mapping: EventSourceMapping, context: RequestContext): Promise<void> {
  const target = await functionBehind(parts, addressedBy(mapping));
  if (target !== undefined) await requireVisibility(parts, { source: sourceOfMapping(mapping), target }, context);
}

/** Throws ResourceInUseException while the poller has not settled the change before. */
export function requireSettled({ state }: EventSourceMapping, verb: "update" | "delete"): void {
  if (state !== "Enabled" && state !== "Disabled")
    throw new AwsError("ResourceInUseException", `Cannot ${verb} the event source mapping because it is in use.`);
}

function stateOnTheWay(before: MappingState, enabled: boolean): MappingState {
  if (enabled && before === "Disabled") return "Enabling";
  if (!enabled && before === "Enabled") return "Disabling";
  return "Updating";
}

/** The qualifier goes with the name: a name without one means the unqualified function. */
function functionOf(target: MappedFunction | undefined): MappingChange {
  return target === undefined ? {} : { functionName: target.id.name, qualifier: target.qualifier ?? null };
}

function addressedBy({ accountId, region, functionName, qualifier }: EventSourceMapping): Pick<MappedFunction, "id" | "qualifier"> {
  return { id: { accountId, region, name: functionName }, ...(qualifier === undefined ? {} : { qualifier }) };
}
