import type { Scope } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import type { LayerReference } from "@lambdock/model/function-record";
import { LAYERS_MAX } from "@lambdock/model/limits";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { readableLayerVersion } from "./layer-access.ts";
import { parseLayerVersionArn } from "./layer-name.ts";

/**
 * Looks up the layer versions of a function's `Layers`, in AWS's order of checks [recorded]: their
 * number; then of each in turn its region, existence, and whether an earlier one is of the same layer.
 * The form of their ARNs was checked with the API model.
 */
export async function resolveLayers(
  parts: Pick<ControlPlaneParts, "layers" | "policies">,
  scope: Scope,
  arns: readonly string[],
): Promise<readonly LayerReference[]> {
  if (arns.length > LAYERS_MAX) throw invalidParameter(`Cannot reference more than ${LAYERS_MAX} layers.`);
  const references: LayerReference[] = [];
  const seen = new Map<string, string>();
  for (const arn of arns) {
    references.push(await resolveLayer(parts, scope, arn));
    const layer = arn.slice(0, arn.lastIndexOf(":"));
    const other = seen.get(layer);
    if (other !== undefined) {
      throw invalidParameter(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    }
    seen.set(layer, arn);
  }
  return references;
}

async function resolveLayer(parts: Pick<ControlPlaneParts, "layers" | "policies">, scope: Scope, arn: string): Promise<LayerReference> {
  const address = parseLayerVersionArn(arn);
  if (address === undefined) throw missing(arn);
  if (address.scope.region !== scope.region)
    throw invalidParameter(`Layers are not in the same region as the function. Layers are expected to be in region ${scope.region}.`);
  const record = await readableLayerVersion(parts, scope, address);
  if (record === undefined) throw missing(arn);
  return { Arn: arn, CodeSize: record.CodeSize, Sha256Hex: record.Sha256Hex, UnzippedSize: record.UnzippedSize };
}

function missing(arn: string): Error {
  return invalidParameter(`Layer version ${arn} does not exist.`);
}
