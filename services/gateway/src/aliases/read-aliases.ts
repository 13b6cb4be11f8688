import { unqualifiedAddressOf } from "@lambdock/directory/function-address";
import { routesOf } from "@lambdock/model/alias";
import { functionArn } from "@lambdock/model/arn";
import { notFound } from "@lambdock/model/errors/aws-error";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { requireFunction } from "../functions/function-changes.ts";
import { decodeMarker, encodeMarker } from "../functions/marker.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { shownAlias } from "./alias-view.ts";

const PAGE_MAX = 50;

/** GetAlias. */
export function getAlias({ functions, aliases }: ControlPlaneParts): Operation {
  return async (input: { readonly FunctionName: string; readonly Name: string }, { scope }: RequestContext) => {
    const { id } = unqualifiedAddressOf(scope, input.FunctionName);
    const alias = await aliases.get(id, input.Name);
    if (alias === undefined) {
      await requireFunction(functions, id);
      throw notFound(`Cannot find alias arn: ${functionArn(id, input.Name)}`);
    }
    return shownAlias(id, alias);
  };
}

interface ListAliasesInput {
  readonly FunctionName: string;
  /** Only aliases that point to this version. */
  readonly FunctionVersion?: string;
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** ListAliases, in the order of their names, at most fifty to a page. */
export function listAliases({ functions, aliases }: ControlPlaneParts): Operation {
  return async ({ FunctionName, FunctionVersion, Marker, MaxItems }: ListAliasesInput, { scope }: RequestContext) => {
    const { id } = unqualifiedAddressOf(scope, FunctionName);
    await requireFunction(functions, id);
    const after = decodeMarker(Marker);
    const left = (await aliases.list(id)).filter(
      (alias) =>
        (after === undefined || alias.Name > after) &&
        (FunctionVersion === undefined || routesOf(alias).some(({ version }) => version === FunctionVersion)),
    );
    const page = left.slice(0, Math.min(MaxItems ?? PAGE_MAX, PAGE_MAX));
    const last = page.at(-1)?.Name;
    return {
      Aliases: page.map((alias) => shownAlias(id, alias)),
      ...(page.length < left.length && last !== undefined ? { NextMarker: encodeMarker(last) } : {}),
    };
  };
}
