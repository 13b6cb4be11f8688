import { layerArn } from "@lambdock/model/arn";
import { notFound } from "@lambdock/model/errors/aws-error";
import type { LayerVersionRecord } from "@lambdock/store/layers";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { decodeMarker, encodeMarker } from "../functions/marker.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { readableLayerVersion } from "./layer-access.ts";
import { layerAddressOf, parseLayerVersionArn, requireVersionNumber, type LayerVersionAddress } from "./layer-name.ts";
import { listedLayerVersion, shownLayerVersion } from "./layer-view.ts";

interface ListInput {
  readonly CompatibleRuntime?: string;
  readonly CompatibleArchitecture?: string;
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** Items of a page when the caller does not say; also the most. */
const PAGE_SIZE = 50;

/** GetLayerVersion. */
export function getLayerVersion(parts: ControlPlaneParts): Operation {
  return async (input: { readonly LayerName: string; readonly VersionNumber: number }, context: RequestContext) => {
    const version = requireVersionNumber(input.VersionNumber);
    return await show(parts, context, { ...layerAddressOf(context.scope, input.LayerName), version });
  };
}

/** GetLayerVersionByArn. */
export function getLayerVersionByArn(parts: ControlPlaneParts): Operation {
  return async (input: { readonly Arn: string }, context: RequestContext) => {
    const address = parseLayerVersionArn(input.Arn);
    if (address === undefined) throw absent();
    return await show(parts, context, address);
  };
}

/** ListLayers: each layer with the newest version that matches the filters. */
export function listLayers(parts: ControlPlaneParts): Operation {
  return async (input: ListInput, { scope }: RequestContext) => {
    const limit = input.MaxItems ?? PAGE_SIZE;
    const items: object[] = [];
    let after = decodeMarker(input.Marker);
    do {
      const page = await parts.layers.list(scope, { limit: limit - items.length, ...(after === undefined ? {} : { after }) });
      for (const { LayerName, Versions } of page.items) {
        const latest = Versions.find((version) => matches(version, input));
        if (latest !== undefined)
          items.push({ LayerName, LayerArn: layerArn(scope, LayerName), LatestMatchingVersion: listedLayerVersion(scope, latest) });
      }
      after = page.next;
    } while (after !== undefined && items.length < limit);
    return { Layers: items, ...(after === undefined ? {} : { NextMarker: encodeMarker(after) }) };
  };
}

/** ListLayerVersions: the newest first; none for an unknown layer [recorded]. */
export function listLayerVersions(parts: ControlPlaneParts): Operation {
  return async (input: ListInput & { readonly LayerName: string }, context: RequestContext) => {
    const { scope, name } = layerAddressOf(context.scope, input.LayerName);
    const before = decodeMarker(input.Marker);
    const matching = (await parts.layers.versions(scope, name)).filter(
      (version) => matches(version, input) && (before === undefined || version.Version < Number(before)),
    );
    const page = matching.slice(0, input.MaxItems ?? PAGE_SIZE);
    const last = page.at(-1);
    return {
      LayerVersions: page.map((version) => listedLayerVersion(scope, version)),
      ...(last !== undefined && matching.length > page.length ? { NextMarker: encodeMarker(String(last.Version)) } : {}),
    };
  };
}

async function show(parts: ControlPlaneParts, context: RequestContext, address: LayerVersionAddress): Promise<object> {
  const record = await readableLayerVersion(parts, context.scope, address);
  if (record === undefined) throw absent();
  return shownLayerVersion(parts.links, context, { scope: address.scope, record });
}

function matches(version: LayerVersionRecord, { CompatibleRuntime, CompatibleArchitecture }: ListInput): boolean {
  if (CompatibleRuntime !== undefined && !(version.CompatibleRuntimes ?? []).includes(CompatibleRuntime)) return false;
  return CompatibleArchitecture === undefined || (version.CompatibleArchitectures ?? []).includes(CompatibleArchitecture);
}

function absent(): Error {
  return notFound("The resource you requested does not exist.");
}
