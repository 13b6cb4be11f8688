import type { FunctionContent, LayerReference } from "@lambdock/model/function-record";
import { resolveLayers } from "../layers/layer-references.ts";
import type { Operation, RequestContext } from "../operation.ts";
import {
  checkDeadLetter,
  checkPackageMembers,
  checkRuntime,
  checkSizes,
  checkSnapStart,
  checkUnzippedTotal,
} from "./configuration-rules.ts";
import { configurationOf } from "./configuration.ts";
import { reconfigured } from "./content.ts";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import { warnOfInertSettings } from "./create-function.ts";
import { checkEnvironment } from "./environment-rules.ts";
import { unqualifiedAddressOf } from "@lambdock/directory/function-address";
import { requireFunction } from "./function-changes.ts";
import type { UpdateFunctionConfigurationInput } from "./inputs.ts";
import { refuseUnsupported } from "./setting-support.ts";
import { requireUpdatable } from "./transitions.ts";
import { beginUpdate } from "./update-function.ts";

/** UpdateFunctionConfiguration: members that are not given stay as they are. */
export function updateFunctionConfiguration(parts: ControlPlaneParts): Operation {
  return async (input: UpdateFunctionConfigurationInput, { scope, now }: RequestContext) => {
    const { id } = unqualifiedAddressOf(scope, input.FunctionName);
    refuseUnsupported("UpdateFunctionConfiguration", input);
    const record = await requireFunction(parts.functions, id);
    requireUpdatable(record, input.RevisionId);
    checkInput(input);
    checkDeadLetter(scope.region, input);
    const layers = input.Layers === undefined ? undefined : await resolveLayers(parts, id, input.Layers);
    const contentId = parts.newId();
    const after = await beginUpdate(parts, {
      id,
      expectedRevisionId: input.RevisionId,
      change: (latest) => withConfiguration(latest, input, { contentId, now, layers }),
    });
    warnOfInertSettings(parts, id, input);
    return configurationOf(after);
  };
}

function checkInput(input: UpdateFunctionConfigurationInput): void {
  checkSizes(input);
  checkEnvironment(input.Environment?.Variables);
  if (input.Runtime !== undefined) checkRuntime(input.Runtime);
}

function withConfiguration(
  latest: FunctionContent,
  input: UpdateFunctionConfigurationInput,
  made: { readonly contentId: string; readonly now: number; readonly layers: readonly LayerReference[] | undefined },
): FunctionContent {
  const { contentId, now, layers } = made;
  checkPackageMembers(latest.PackageType, input);
  const content = reconfigured(latest, input, { contentId, now, ...(layers === undefined ? {} : { layers }) });
  checkSnapStart(content.Runtime, content);
  if (content.Code.RepositoryType === "S3")
    checkUnzippedTotal(
      content.Code.UnzippedSize,
      (content.Layers ?? []).map((layer) => layer.UnzippedSize),
    );
  return content;
}
