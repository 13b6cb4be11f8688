import { notFound } from "@lambdock/model/errors/aws-error";
import type { PolicyOwner, PolicyStatement } from "@lambdock/store/policies";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { principalOf } from "../policies/function-statement.ts";
import { policyText, requirePolicyRevision, withoutStatement, withStatement } from "../policies/policy-document.ts";
import { layerAddressOf, layerVersionArn, type LayerVersionAddress } from "./layer-name.ts";

interface LayerVersionInput {
  readonly LayerName: string;
  readonly VersionNumber: number;
}

interface AddLayerVersionPermissionInput extends LayerVersionInput {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly OrganizationId?: string;
  readonly RevisionId?: string;
}

/** AddLayerVersionPermission. */
export function addLayerVersionPermission(parts: ControlPlaneParts): Operation {
  return async (input: AddLayerVersionPermissionInput, context: RequestContext) => {
    const address = await requireLayerVersion(parts, context, input);
    const statement = layerStatement(input, address);
    const revisionId = parts.newId();
    const outcome = await parts.policies.update(ownerOf(address), (policy) => {
      const after = withStatement(policy, statement, revisionId);
      requirePolicyRevision(policy?.RevisionId, input.RevisionId, "GetLayerPolicy");
      return after;
    });
    if (outcome === "gone") throw versionNotFound(address);
    return { Statement: JSON.stringify(statement), RevisionId: revisionId };
  };
}

/** GetLayerVersionPolicy. */
export function getLayerVersionPolicy(parts: ControlPlaneParts): Operation {
  return async (input: LayerVersionInput, context: RequestContext) => {
    const policy = await parts.policies.get(ownerOf(await requireLayerVersion(parts, context, input)));
    if (policy === undefined) throw notFound("No policy is associated with the given resource.");
    return { Policy: policyText(policy.Statement), RevisionId: policy.RevisionId };
  };
}

/** RemoveLayerVersionPermission. */
export function removeLayerVersionPermission(parts: ControlPlaneParts): Operation {
  return async (input: LayerVersionInput & { readonly StatementId: string; readonly RevisionId?: string }, context: RequestContext) => {
    const address = await requireLayerVersion(parts, context, input);
    await parts.policies.update(ownerOf(address), (policy) => {
      if (policy === undefined) throw notFound("No policy is associated with the given resource.");
      requirePolicyRevision(policy.RevisionId, input.RevisionId, "GetLayerPolicy");
      return withoutStatement(policy, input.StatementId, parts.newId());
    });
    return {};
  };
}

function layerStatement(input: AddLayerVersionPermissionInput, address: LayerVersionAddress): PolicyStatement {
  return {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal, address.scope.region),
    Action: input.Action,
    Resource: layerVersionArn(address),
    ...(input.OrganizationId === undefined ? {} : { Condition: { StringEquals: { "aws:PrincipalOrgID": input.OrganizationId } } }),
  };
}

/** Only the owner handles a policy; for others the layer version does not exist. */
async function requireLayerVersion(
  { layers }: ControlPlaneParts,
  context: RequestContext,
  input: LayerVersionInput,
): Promise<LayerVersionAddress> {
  const address = { ...layerAddressOf(context.scope, input.LayerName), version: input.VersionNumber };
  const owned = address.scope.accountId === context.scope.accountId;
  if (!owned || (await layers.get(address.scope, address.name, address.version)) === undefined) throw versionNotFound(address);
  return address;
}

function versionNotFound(address: LayerVersionAddress): Error {
  return notFound(`Layer version ${layerVersionArn(address)} does not exist.`);
}

function ownerOf({ scope, name, version }: LayerVersionAddress): PolicyOwner {
  return { kind: "layer", scope, layer: name, version };
}
