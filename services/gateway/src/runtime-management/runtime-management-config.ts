import { addressOf, functionNotFound, isAliasName } from "@lambdock/directory/function-address";
import { versionsBehind, type QualifiedStores, type VersionBehind } from "@lambdock/directory/qualified-specs";
import { LATEST } from "@lambdock/directory/spec";
import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import type { RuntimeManagementConfig, RuntimeManagementConfigStore } from "@lambdock/store/runtime-management-configs";
import type { Operation, RequestContext } from "../operation.ts";

/**
 * Runtime management, for `$LATEST` or a published version. Lambdock never updates a runtime by itself:
 * it runs the image that the engine has for it until its owner changes that. So every mode is kept
 * and shown, and Manual is taken for the one runtime version that there is.
 */
export interface RuntimeManagementParts extends QualifiedStores {
  readonly runtimeManagementConfigs: RuntimeManagementConfigStore;
}

interface TargetInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

interface Target {
  readonly id: FunctionId;
  readonly version: string;
  /** Qualified only when the caller qualified it. */
  readonly arn: string;
  readonly content: VersionBehind["content"];
}

/** GetRuntimeManagementConfig. */
export function getRuntimeManagementConfig(parts: RuntimeManagementParts): Operation {
  return async (input: TargetInput, { scope }: RequestContext) => {
    const { id, version, arn } = await targetOf(parts, scope, input);
    return { ...(await parts.runtimeManagementConfigs.get(id, version)), FunctionArn: arn };
  };
}

/** PutRuntimeManagementConfig. */
export function putRuntimeManagementConfig(parts: RuntimeManagementParts): Operation {
  return async (input: TargetInput & RuntimeManagementConfig, { scope }: RequestContext) => {
    const { id, version, arn, content } = await targetOf(parts, scope, input);
    if (content.PackageType === "Image")
      throw invalidParameter("Runtime management is for functions with a runtime: a container image brings its own.");
    const config = configOf(input, content.RuntimeVersionArn);
    if (!(await parts.runtimeManagementConfigs.put(id, version, config))) throw functionNotFound(arn);
    return { ...config, FunctionArn: arn };
  };
}

function configOf({ UpdateRuntimeOn, RuntimeVersionArn }: RuntimeManagementConfig, running: string | undefined): RuntimeManagementConfig {
  if (UpdateRuntimeOn !== "Manual") {
    if (RuntimeVersionArn === undefined) return { UpdateRuntimeOn };
    throw invalidParameter(`RuntimeVersionArn is only for UpdateRuntimeOn Manual, not for ${UpdateRuntimeOn}.`);
  }
  if (RuntimeVersionArn === undefined) throw invalidParameter("UpdateRuntimeOn Manual needs a RuntimeVersionArn.");
  if (RuntimeVersionArn === running) return { UpdateRuntimeOn, RuntimeVersionArn };
  const has = running === undefined ? "is not known yet" : `is ${running}`;
  throw invalidParameter(
    `Lambdock has one version of each runtime: this function's ${has}, not ${RuntimeVersionArn}. LAMBDOCK_RUNTIME_IMAGES chooses another image.`,
  );
}

async function targetOf(stores: QualifiedStores, scope: Scope, input: TargetInput): Promise<Target> {
  const { id, qualifier: version = LATEST, arn } = addressOf(scope, input.FunctionName, input.Qualifier);
  if (isAliasName(version)) throw invalidParameter("Runtime management is for $LATEST and published versions, not for aliases.");
  const [only] = (await versionsBehind(stores, id, version)) ?? [];
  if (only === undefined) throw functionNotFound(version === LATEST ? functionArn(id) : functionArn(id, version));
  return { id, version, arn, content: only.content };
}
