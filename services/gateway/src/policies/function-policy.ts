import { functionArn } from "@lambdock/model/arn";
import { invalidParameter, notFound } from "@lambdock/model/errors/aws-error";
import type { PolicyOwner } from "@lambdock/store/policies";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { addressOf, functionNotFound, isAliasName, type FunctionAddress } from "@lambdock/directory/function-address";
import { changeFunction, requireFunction } from "../functions/function-changes.ts";
import { LATEST } from "@lambdock/directory/spec";
import type { Operation, RequestContext } from "../operation.ts";
import { functionStatement, type AddPermissionInput } from "./function-statement.ts";
import { policyText, requirePolicyRevision, withoutStatement, withStatement } from "./policy-document.ts";

interface PolicyInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

/** AddPermission. The function takes the policy's new revision [recorded]. */
export function addPermission(parts: ControlPlaneParts): Operation {
  return async (input: AddPermissionInput, { scope }: RequestContext) => {
    const address = addressOf(scope, input.FunctionName, input.Qualifier);
    if (address.qualifier === LATEST) throw invalidParameter("We currently do not support adding policies for $LATEST.");
    const record = await requireFunction(parts.functions, address.id);
    requireExistingQualifier(address);
    const statement = functionStatement(input, { arn: address.arn, region: scope.region });
    const revisionId = parts.newId();
    const outcome = await parts.policies.update(ownerOf(address), (policy) => {
      requirePolicyRevision(policy?.RevisionId ?? record.RevisionId, input.RevisionId, "GetPolicy");
      return withStatement(policy, statement, revisionId);
    });
    if (outcome === "gone") throw functionNotFound(functionArn(address.id));
    await changeFunction(parts.functions, address.id, (now) => ({ ...now, RevisionId: revisionId }));
    return { Statement: JSON.stringify(statement) };
  };
}

/** GetPolicy. */
export function getPolicy({ policies }: ControlPlaneParts): Operation {
  return async (input: PolicyInput, { scope }: RequestContext) => {
    const policy = await policies.get(ownerOf(addressOf(scope, input.FunctionName, input.Qualifier)));
    if (policy === undefined) throw notFound("The resource you requested does not exist.");
    return { Policy: policyText(policy.Statement), RevisionId: policy.RevisionId };
  };
}

/** RemovePermission. */
export function removePermission(parts: ControlPlaneParts): Operation {
  return async (input: PolicyInput & { readonly StatementId: string; readonly RevisionId?: string }, { scope }: RequestContext) => {
    const address = addressOf(scope, input.FunctionName, input.Qualifier);
    if ((await parts.functions.get(address.id)) === undefined) throw notFound(`No policy found for: ${functionArn(address.id)}`);
    requireExistingQualifier(address);
    const revisionId = parts.newId();
    await parts.policies.update(ownerOf(address), (policy) => {
      if (policy === undefined) throw notFound("No policy is associated with the given resource.");
      const without = withoutStatement(policy, input.StatementId, revisionId);
      requirePolicyRevision(policy.RevisionId, input.RevisionId, "GetPolicy");
      return without;
    });
    await changeFunction(parts.functions, address.id, (now) => ({ ...now, RevisionId: revisionId }));
    return {};
  };
}

function ownerOf({ id, qualifier = LATEST }: FunctionAddress): PolicyOwner {
  return { kind: "function", id, qualifier };
}

/** A function has neither versions nor aliases yet: each is answered as AWS answers one that is missing. */
function requireExistingQualifier({ qualifier, arn }: FunctionAddress): void {
  if (qualifier === undefined || qualifier === LATEST) return;
  throw isAliasName(qualifier) ? notFound(`Cannot find alias arn: ${arn}`) : functionNotFound(arn);
}
