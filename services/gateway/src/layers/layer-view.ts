import { layerArn, type Scope } from "@lambdock/model/arn";
import type { LayerVersionRecord } from "@lambdock/store/layers";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import type { RequestContext } from "../operation.ts";

/** A layer version as the list operations show it (`LayerVersionsListItem`). Compatibility that was never given is absent [recorded]. */
export function listedLayerVersion(scope: Scope, record: LayerVersionRecord): object {
  return {
    LayerVersionArn: layerArn(scope, record.LayerName, record.Version),
    Version: record.Version,
    Description: record.Description,
    CreatedDate: record.CreatedDate,
    ...(record.CompatibleRuntimes === undefined ? {} : { CompatibleRuntimes: record.CompatibleRuntimes }),
    ...(record.CompatibleArchitectures === undefined ? {} : { CompatibleArchitectures: record.CompatibleArchitectures }),
    ...(record.LicenseInfo === undefined ? {} : { LicenseInfo: record.LicenseInfo }),
  };
}

/** A layer version with a link to its content. */
export function shownLayerVersion(
  links: ControlPlaneParts["links"],
  context: RequestContext,
  layer: { readonly scope: Scope; readonly record: LayerVersionRecord },
): object {
  const { scope, record } = layer;
  return {
    ...listedLayerVersion(scope, record),
    LayerArn: layerArn(scope, record.LayerName),
    Content: { Location: links.linkTo(record.Sha256Hex, context), CodeSha256: record.CodeSha256, CodeSize: record.CodeSize },
  };
}
