import { partitionOf, type Scope } from "@lambdock/model/arn";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { LayerVersionRecord } from "@lambdock/store/layers";
import type { StoredPolicy } from "@lambdock/store/policies";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { layerVersionArn, type LayerVersionAddress } from "./layer-name.ts";

/** True when the layer version's policy lets that account use it. */
export function policyAllows(policy: StoredPolicy | undefined, accountId: string): boolean {
  return (policy?.Statement ?? []).some(({ Principal, Condition }) => {
    // An organization's condition can't be checked here: no account belongs to one.
    if (Condition !== undefined) return false;
    if (typeof Principal === "string") return Principal === "*";
    return new RegExp(`^arn:aws[a-zA-Z-]*:iam::${accountId}:root$`).test(Principal["AWS"] ?? "");
  });
}

/** Throws 403 unless the caller owns the layer or its policy lets the caller in. */
export async function requireLayerAccess(
  { policies }: Pick<ControlPlaneParts, "policies">,
  caller: Scope,
  layer: LayerVersionAddress,
): Promise<void> {
  if (layer.scope.accountId === caller.accountId) return;
  const policy = await policies.get({ kind: "layer", scope: layer.scope, layer: layer.name, version: layer.version });
  if (policyAllows(policy, caller.accountId)) return;
  const principal = `arn:${partitionOf(caller.region)}:iam::${caller.accountId}:root`;
  throw new AwsError(
    "AccessDeniedException",
    `User: ${principal} is not authorized to perform: lambda:GetLayerVersion on resource: ${layerVersionArn(layer)} because no resource-based policy allows the lambda:GetLayerVersion action`,
  );
}

/** The layer version if it exists and the caller may use it. A stranger can't tell one that does not exist from one that is closed. */
export async function readableLayerVersion(
  parts: Pick<ControlPlaneParts, "layers" | "policies">,
  caller: Scope,
  layer: LayerVersionAddress,
): Promise<LayerVersionRecord | undefined> {
  await requireLayerAccess(parts, caller, layer);
  return await parts.layers.get(layer.scope, layer.name, layer.version);
}
