import { functionNotFound, unqualifiedAddressOf } from "@lambdock/directory/function-address";
import type { AliasRecord } from "@lambdock/model/alias";
import { functionArn, type FunctionId } from "@lambdock/model/arn";
import { conflict } from "@lambdock/model/errors/aws-error";
import type { AliasOutcome } from "@lambdock/store/aliases";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { checkRouting, checkVersions, routingOf, type RoutingInput } from "./alias-rules.ts";
import { shownAlias } from "./alias-view.ts";

interface CreateAliasInput {
  readonly FunctionName: string;
  readonly Name: string;
  readonly FunctionVersion: string;
  readonly Description?: string;
  readonly RoutingConfig?: RoutingInput;
}

/** CreateAlias. */
export function createAlias(parts: ControlPlaneParts): Operation {
  return async (input: CreateAliasInput, { scope }: RequestContext) => {
    const { id } = unqualifiedAddressOf(scope, input.FunctionName);
    const RoutingConfig = routingOf(input.RoutingConfig);
    const alias: AliasRecord = {
      Name: input.Name,
      FunctionVersion: input.FunctionVersion,
      Description: input.Description ?? "",
      RevisionId: parts.newId(),
      ...(RoutingConfig === undefined ? {} : { RoutingConfig }),
    };
    await checkVersions(parts, id, { FunctionVersion: alias.FunctionVersion });
    if ((await parts.aliases.get(id, alias.Name)) !== undefined) throw alreadyExists(id, alias.Name);
    checkRouting(alias);
    await checkVersions(parts, id, alias);
    const outcome = await parts.aliases.update(id, alias.Name, (before) => {
      if (before !== undefined) throw alreadyExists(id, alias.Name);
      return alias;
    });
    return shownAlias(id, await settled(parts, id, outcome));
  };
}

/** The alias as it was stored, once those who depend on it have heard. Throws 404 for a function or version that is gone. */
export async function settled(parts: ControlPlaneParts, id: FunctionId, outcome: AliasOutcome): Promise<AliasRecord> {
  if (outcome.kind === "gone") throw functionNotFound(functionArn(id));
  if (outcome.kind === "missing-version") throw functionNotFound(functionArn(id, outcome.version));
  await parts.onQualifierChange(id, outcome.alias.Name);
  return outcome.alias;
}

function alreadyExists(id: FunctionId, name: string): Error {
  return conflict(`Alias already exists: ${functionArn(id, name)}`);
}
