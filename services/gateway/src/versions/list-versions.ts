import { unqualifiedAddressOf } from "@lambdock/directory/function-address";
import { LATEST } from "@lambdock/directory/spec";
import type { FunctionId } from "@lambdock/model/arn";
import type { FunctionRecord } from "@lambdock/model/function-record";
import type { VersionStore } from "@lambdock/store/versions";
import { listedConfigurationOf } from "../functions/configuration.ts";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { requireFunction } from "../functions/function-changes.ts";
import { decodeMarker, encodeMarker } from "../functions/marker.ts";
import type { Operation, RequestContext } from "../operation.ts";

const PAGE_MAX = 50;

/** ListVersionsByFunction: `$LATEST`, then the published ones in the order of their numbers. */
export function listVersionsByFunction({ functions, versions }: ControlPlaneParts): Operation {
  return async (
    input: { readonly FunctionName: string; readonly Marker?: string; readonly MaxItems?: number },
    { scope }: RequestContext,
  ) => {
    const { id } = unqualifiedAddressOf(scope, input.FunctionName);
    const record = await requireFunction(functions, id);
    const after = decodeMarker(input.Marker);
    const page = await versionsPage(versions, {
      id,
      record,
      limit: Math.min(input.MaxItems ?? PAGE_MAX, PAGE_MAX),
      ...(after === undefined ? {} : { after }),
    });
    return {
      Versions: page.items.map(({ shown }) => shown),
      ...(page.more ? { NextMarker: encodeMarker(page.items.at(-1)!.version) } : {}),
    };
  };
}

/** A version as lists show it. */
export interface ListedVersion {
  /** `$LATEST` or a number. */
  readonly version: string;
  readonly shown: object;
}

/** Versions of one function after that one, or from `$LATEST` on; `more` tells whether there are further ones. */
export async function versionsPage(
  versions: Pick<VersionStore, "list">,
  request: { readonly id: FunctionId; readonly record: FunctionRecord; readonly after?: string; readonly limit: number },
): Promise<{ readonly items: readonly ListedVersion[]; readonly more: boolean }> {
  const { id, record, after, limit } = request;
  const first = after === undefined ? [{ version: LATEST, shown: listedConfigurationOf(record, LATEST) }] : [];
  // Without room for a published one, a look at one tells whether there are any.
  const room = Math.max(limit - first.length, 1);
  const { items, next } = await versions.list(id, { limit: room, ...(after === undefined || after === LATEST ? {} : { after }) });
  const published = items.map((version) => ({ version: version.Version, shown: listedConfigurationOf(version, version.Version) }));
  const all = [...first, ...published];
  return { items: all.slice(0, limit), more: next !== undefined || all.length > limit };
}
