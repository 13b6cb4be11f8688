import { unqualifiedAddressOf } from "@lambdock/directory/function-address";
import type { AliasRecord } from "@lambdock/model/alias";
import { functionArn } from "@lambdock/model/arn";
import { notFound } from "@lambdock/model/errors/aws-error";
import { movedAlias, requireProvisionableMove } from "../concurrency/provisioned-alias.ts";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { requireFunction } from "../functions/function-changes.ts";
import { requireRevision } from "../functions/transitions.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { checkRouting, checkVersions, routingOf, type RoutingInput } from "./alias-rules.ts";
import { shownAlias } from "./alias-view.ts";
import { settled } from "./create-alias.ts";

interface UpdateAliasInput {
  readonly FunctionName: string;
  readonly Name: string;
  readonly FunctionVersion?: string;
  readonly Description?: string;
  readonly RoutingConfig?: RoutingInput;
  readonly RevisionId?: string;
}

/** UpdateAlias: members that are not given stay as they are; an empty RoutingConfig ends the routing. It is a new revision even when nothing changes [recorded]. */
export function updateAlias(parts: ControlPlaneParts): Operation {
  return async (input: UpdateAliasInput, { scope }: RequestContext) => {
    const { id } = unqualifiedAddressOf(scope, input.FunctionName);
    await requireFunction(parts.functions, id);
    const provisioned = (await parts.provisionedConcurrency.get(id, input.Name)) !== undefined;
    const changed = (before: AliasRecord | undefined): { readonly wanted: AliasRecord; readonly stored: AliasRecord } => {
      if (before === undefined) throw notFound(`Alias not found: ${functionArn(id, input.Name)}`);
      requireRevision(before, input.RevisionId);
      const wanted = changedAlias(before, input, parts.newId());
      checkRouting(wanted);
      return { wanted, stored: provisioned ? movedAlias(before, wanted, input.RoutingConfig !== undefined) : wanted };
    };
    const { wanted } = changed(await parts.aliases.get(id, input.Name));
    await checkVersions(parts, id, wanted);
    if (provisioned) await requireProvisionableMove(parts, id, wanted);
    return shownAlias(id, await settled(parts, id, await parts.aliases.update(id, input.Name, (before) => changed(before).stored)));
  };
}

function changedAlias(before: AliasRecord, input: UpdateAliasInput, revisionId: string): AliasRecord {
  const { RoutingConfig: routing, Moving: moving, ...kept } = before;
  const given = input.RoutingConfig !== undefined;
  const RoutingConfig = given ? routingOf(input.RoutingConfig) : routing;
  return {
    ...kept,
    FunctionVersion: input.FunctionVersion ?? before.FunctionVersion,
    Description: input.Description ?? before.Description,
    RevisionId: revisionId,
    ...(RoutingConfig === undefined ? {} : { RoutingConfig }),
    ...(given || moving === undefined ? {} : { Moving: moving }),
  };
}
