import { functionNotFound, unqualifiedAddressOf } from "@lambdock/directory/function-address";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import type { Operation, RequestContext } from "../operation.ts";

/** DeleteAlias: its policy and event invoke config go with it; one that does not exist is deleted silently [recorded]. */
export function deleteAlias(parts: ControlPlaneParts): Operation {
  return async (input: { readonly FunctionName: string; readonly Name: string }, { scope }: RequestContext) => {
    const { id, arn } = unqualifiedAddressOf(scope, input.FunctionName);
    const deleted = await parts.aliases.delete(id, input.Name);
    if (deleted === "gone") throw functionNotFound(arn);
    if (deleted !== undefined) await parts.onQualifierChange(id, input.Name);
    return {};
  };
}
