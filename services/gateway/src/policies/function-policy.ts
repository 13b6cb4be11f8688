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

/** AddPermission. What the policy belongs to (the function, a version or an alias) takes the policy's new revision [recorded]. */
export function addPermission(parts: ControlPlaneParts): Operation {
  return async (input: AddPermissionInput, { scope }: RequestContext) => {
    const address = addressOf(scope, input.FunctionName, input.Qualifier);
    if (address.qualifier === LATEST) throw invalidParameter("We currently do not support adding policies for $LATEST.");
    const owner = await requireOwner(parts, address);
    const statement = functionStatement(input, { arn: address.arn, region: scope.region });
    const revisionId = parts.newId();
    const outcome = await parts.policies.update(ownerOf(address), (policy) => {
      requirePolicyRevision(policy?.RevisionId ?? owner.RevisionId, input.RevisionId, "GetPolicy");
      return withStatement(policy, statement, revisionId);
    });
    if (outcome === "gone") throw functionNotFound(functionArn(address.id));
    await takeRevision(parts, address, revisionId);
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
    await requireOwner(parts, address);
    const revisionId = parts.newId();
    await parts.policies.update(ownerOf(address), (policy) => {
      if (policy === undefined) throw notFound("No policy is associated with the given resource.");
      const without = withoutStatement(policy, input.StatementId, revisionId);
      requirePolicyRevision(policy.RevisionId, input.RevisionId, "GetPolicy");
      return without;
    });
    await takeRevision(parts, address, revisionId);
    return {};
  };
}

function ownerOf({ id, qualifier = LATEST }: FunctionAddress): PolicyOwner {
  return { kind: "function", id, qualifier };
}

/** What a policy belongs to. Throws 404 for a function, version or alias that is missing. */
async function requireOwner(parts: ControlPlaneParts, { id, qualifier, arn }: FunctionAddress): Promise<{ readonly RevisionId: string }> {
  const record = await requireFunction(parts.functions, id);
  if (qualifier === undefined || qualifier === LATEST) return record;
  const owner = isAliasName(qualifier) ? await parts.aliases.get(id, qualifier) : await parts.versions.get(id, qualifier);
  if (owner === undefined) throw missing({ qualifier, arn });
  return owner;
}

/** Gives the policy's owner its new revision; one that was deleted meanwhile has taken the policy along. */
async function takeRevision(parts: ControlPlaneParts, { id, qualifier, arn }: FunctionAddress, RevisionId: string): Promise<void> {
  if (qualifier === undefined || qualifier === LATEST) {
    await changeFunction(parts.functions, id, (now) => ({ ...now, RevisionId }));
  } else if (isAliasName(qualifier)) {
    await parts.aliases.update(id, qualifier, (now) => {
      if (now === undefined) throw missing({ qualifier, arn });
      return { ...now, RevisionId };
    });
  } else {
    await parts.versions.update(id, qualifier, (now) => ({ ...now, RevisionId }));
  }
}

function missing({ qualifier, arn }: { readonly qualifier: string; readonly arn: string }): Error {
  return isAliasName(qualifier) ? notFound(`Cannot find alias arn: ${arn}`) : functionNotFound(arn);
}
