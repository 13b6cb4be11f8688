import type { FunctionId } from "@lambdock/model/arn";
import type { FunctionContent, FunctionRecord, ImageCode, ZipCode } from "@lambdock/model/function-record";
import type { Operation, RequestContext } from "../operation.ts";
import { checkZip, imageCode, readZip, releaseCode, takeCode } from "./code-intake.ts";
import { checkCodeSource, checkUnzippedTotal } from "./configuration-rules.ts";
import { configurationOf } from "./configuration.ts";
import { recodedContent } from "./content.ts";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import { warnOfInertSettings } from "./create-function.ts";
import { unqualifiedAddressOf } from "@lambdock/directory/function-address";
import { requireFunction } from "./function-changes.ts";
import type { UpdateFunctionCodeInput } from "./inputs.ts";
import { refuseUnsupported } from "./setting-support.ts";
import { requireNoUpdate, requireUpdatable } from "./transitions.ts";
import { publish } from "../versions/publish.ts";
import { beginUpdate } from "./update-function.ts";

/** UpdateFunctionCode: answers InProgress; the new code runs as soon as it is prepared. */
export function updateFunctionCode(parts: ControlPlaneParts): Operation {
  return async (input: UpdateFunctionCodeInput, { scope, now }: RequestContext) => {
    const { id } = unqualifiedAddressOf(scope, input.FunctionName);
    refuseUnsupported("UpdateFunctionCode", input);
    const record = await requireFunction(parts.functions, id);
    requireUpdatable(record, input.RevisionId);
    checkCodeSource(record.Latest.PackageType, input, "updating");
    if (input.DryRun === true) return await rehearse(parts, { record, input, now });
    const after = await update(parts, { id, input, now });
    warnOfInertSettings(parts, id, input);
    if (input.Publish !== true) return configurationOf(after);
    const version = await publish(parts, { id, check: (latest) => requireContent(latest, after) });
    return configurationOf(version, version.Version);
  };
}

/** Throws 409 when another update began before the code of this one was published. */
function requireContent(latest: FunctionRecord, updated: FunctionRecord): void {
  if (latest.Latest.ContentId !== updated.Latest.ContentId) requireNoUpdate({ ...latest, LastUpdateStatus: "InProgress" });
}

interface CodeUpdate {
  readonly id: FunctionId;
  readonly input: UpdateFunctionCodeInput;
  readonly now: number;
}

async function update(parts: ControlPlaneParts, { id, input, now }: CodeUpdate): Promise<FunctionRecord> {
  const contentId = parts.newId();
  const code = await takeCode(parts, id, { input, contentId });
  try {
    return await beginUpdate(parts, {
      id,
      expectedRevisionId: input.RevisionId,
      change: (latest) => withCode(latest, { code, contentId, now, input }),
    });
  } catch (error) {
    await releaseCode(parts, code, contentId);
    throw error;
  }
}

function withCode(
  latest: FunctionContent,
  made: { readonly code: ZipCode | ImageCode; readonly contentId: string; readonly now: number; readonly input: UpdateFunctionCodeInput },
): FunctionContent {
  const { code, contentId, now, input } = made;
  checkCodeSource(latest.PackageType, input, "updating");
  if (code.RepositoryType === "S3")
    checkUnzippedTotal(
      code.UnzippedSize,
      (latest.Layers ?? []).map((layer) => layer.UnzippedSize),
    );
  return recodedContent(latest, {
    code,
    contentId,
    now,
    ...(input.Architectures === undefined ? {} : { architectures: input.Architectures }),
  });
}

/** Everything that the update would check, and the configuration that it would answer, changing nothing. */
async function rehearse(
  parts: ControlPlaneParts,
  { record, input, now }: { readonly record: FunctionRecord; readonly input: UpdateFunctionCodeInput; readonly now: number },
): Promise<object> {
  const code = input.ImageUri === undefined ? await checkZip(parts, await readZip(parts, input)) : imageCode(parts, input.ImageUri);
  const content = withCode(record.Latest, { code, contentId: record.Latest.ContentId, now, input });
  return configurationOf({ ...record, Latest: { ...content, LastModified: record.Latest.LastModified } });
}
