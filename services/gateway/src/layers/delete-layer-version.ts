import { layerArn } from "@lambdock/model/arn";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { layerAddressOf, requireVersionNumber } from "./layer-name.ts";

/** DeleteLayerVersion: idempotent; functions that use the version keep its zip and go on [recorded]. */
export function deleteLayerVersion({ layers, usage, clock }: ControlPlaneParts): Operation {
  return async (input: { readonly LayerName: string; readonly VersionNumber: number }, context: RequestContext) => {
    const version = requireVersionNumber(input.VersionNumber);
    const { scope, name } = layerAddressOf(context.scope, input.LayerName);
    if (scope.accountId !== context.scope.accountId) throw new AwsError("AccessDeniedException", null);
    const deleted = await layers.delete(scope, name, version);
    if (deleted !== undefined) await usage.release(layerArn(scope, name, version), [deleted.Sha256Hex], clock.now());
    return {};
  };
}
