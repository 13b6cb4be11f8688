import { functionArn, type FunctionId } from "@lambdock/model/arn";
import { conflict } from "@lambdock/model/errors/aws-error";
import type { FunctionRecord } from "@lambdock/model/function-record";
import { resolveLayers } from "../layers/layer-references.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { releaseCode, takeCode } from "./code-intake.ts";
import {
  checkCodeSource,
  checkDeadLetter,
  checkPackageMembers,
  checkRuntime,
  checkSizes,
  checkSnapStart,
  checkTagCount,
  checkUnzippedTotal,
  requireRuntimeAndHandler,
} from "./configuration-rules.ts";
import { configurationOf } from "./configuration.ts";
import { createdContent } from "./content.ts";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import { checkEnvironment } from "./environment-rules.ts";
import { publish } from "../versions/publish.ts";
import { idOf } from "@lambdock/store/functions";
import { idForCreation } from "@lambdock/directory/function-address";
import type { CreateFunctionInput } from "./inputs.ts";
import { inertSettings, refuseUnsupported } from "./setting-support.ts";
import { created } from "./transitions.ts";

/** CreateFunction: answers Pending; the function becomes Active or Failed in the background. */
export function createFunction(parts: ControlPlaneParts): Operation {
  return async (input: CreateFunctionInput, { scope, now }: RequestContext) => {
    const id = idForCreation(scope, input.FunctionName);
    refuseUnsupported("CreateFunction", input);
    checkInput(input);
    checkDeadLetter(scope.region, input);
    if ((await parts.functions.get(id)) !== undefined) throw alreadyExists(id);
    const layers = await resolveLayers(parts, id, input.Layers ?? []);
    const contentId = parts.newId();
    const code = await takeCode(parts, id, { input: input.Code, contentId });
    const record = await store(parts, id, { input, made: { code, layers, contentId, now } }).catch(async (error: unknown) => {
      await releaseCode(parts, code, contentId);
      throw error;
    });
    return await published(parts, input, record);
  };
}

function checkInput(input: CreateFunctionInput): void {
  const packageType = input.PackageType ?? "Zip";
  checkSizes(input);
  checkEnvironment(input.Environment?.Variables);
  checkPackageMembers(packageType, input);
  if (packageType === "Zip") requireRuntimeAndHandler(input);
  if (input.Runtime !== undefined) checkRuntime(input.Runtime);
  checkSnapStart(input.Runtime, input);
  checkTagCount(input.Tags);
  checkCodeSource(packageType, input.Code, "creating");
}

async function store(
  parts: ControlPlaneParts,
  id: FunctionId,
  { input, made }: { readonly input: CreateFunctionInput; readonly made: Parameters<typeof createdContent>[2] },
): Promise<FunctionRecord> {
  const content = createdContent(input, id.name, made);
  if (content.Code.RepositoryType === "S3")
    checkUnzippedTotal(
      content.Code.UnzippedSize,
      made.layers.map((layer) => layer.UnzippedSize),
    );
  const record = created(id, content, parts.newId());
  if (!(await parts.functions.create(record, input.Tags ?? {}))) throw alreadyExists(id);
  warnOfInertSettings(parts, id, input);
  parts.preparation.begin(record);
  return record;
}

/** What is answered: the function, or the version as which it is published, whose ARN has no qualifier here [recorded]. */
async function published(parts: ControlPlaneParts, input: CreateFunctionInput, record: FunctionRecord): Promise<object> {
  if (input.Publish !== true) return configurationOf(record);
  const version = await publish(parts, { id: idOf(record), check: () => undefined });
  return configurationOf(version);
}

/** Says once, at the call that sets them, which settings change nothing. */
export function warnOfInertSettings(
  { logger }: Pick<ControlPlaneParts, "logger">,
  id: FunctionId,
  input: Parameters<typeof inertSettings>[0],
): void {
  const settings = inertSettings(input);
  if (settings.length > 0)
    logger.warn("settings are stored and shown, but Lambdock does not act on them", {
      function: functionArn(id),
      settings: settings.join(", "),
    });
}

function alreadyExists(id: FunctionId): Error {
  return conflict(`Function already exist: ${id.name}`);
}
