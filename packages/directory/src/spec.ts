import { createHash } from "node:crypto";
import { functionArn, type FunctionId } from "@lambdock/model/arn";
import type { FunctionContent } from "@lambdock/model/function-record";
import type { FunctionSpec, ImagePackage, LoggingSpec, ZipPackage } from "@lambdock/model/function-spec";

/** The version under which unpublished code runs. */
export const LATEST = "$LATEST";

/**
 * What the executor needs to run this content. Its `revision` is a digest of everything else in
 * the specification, so that it changes with code and with run-relevant configuration, and does
 * not with a description or a tag. `version` is that of a published version.
 */
export function specOf(id: FunctionId, content: FunctionContent, version: string = LATEST): FunctionSpec {
  const spec: Omit<FunctionSpec, "revision"> = {
    functionArn: functionArn(id),
    accountId: id.accountId,
    region: id.region,
    name: id.name,
    version,
    package: packageOf(content, version),
    environment: content.Environment?.Variables ?? {},
    memorySizeMb: content.MemorySize,
    timeoutMs: content.Timeout * 1_000,
    ephemeralStorageMb: content.EphemeralStorage.Size,
    architecture: content.Architectures[0] ?? "x86_64",
    logging: loggingOf(content),
    tracing: content.TracingConfig.Mode,
    ...(version !== LATEST && content.SnapStart.ApplyOn === "PublishedVersions" ? { snapStart: true } : {}),
  };
  return { ...spec, revision: revisionOf(spec, content) };
}

function revisionOf(spec: Omit<FunctionSpec, "revision">, content: FunctionContent): string {
  // An image's tag may mean another image after each push, so the push counts, not the name alone.
  const push = content.Code.RepositoryType === "ECR" ? content.Code.PushId : "";
  const environment = Object.entries(spec.environment).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([{ ...spec, environment }, push, content.Role]))
    .digest("hex")
    .slice(0, 32);
}

function packageOf(content: FunctionContent, version: string): ZipPackage | ImagePackage {
  const { Code: code, ImageConfig: image } = content;
  if (code.RepositoryType === "S3") {
    return {
      kind: "zip",
      runtime: content.Runtime ?? "",
      handler: content.Handler ?? "",
      codeSha256: code.Sha256Hex,
      layers: (content.Layers ?? []).map((layer) => layer.Sha256Hex),
    };
  }
  return {
    kind: "image",
    // A version keeps the image that it was published with, whatever its tag means by now.
    imageUri: version === LATEST ? code.ImageUri : (code.ResolvedImageUri ?? code.ImageUri),
    ...(image?.EntryPoint === undefined ? {} : { entryPoint: image.EntryPoint }),
    ...(image?.Command === undefined ? {} : { command: image.Command }),
    ...(image?.WorkingDirectory === undefined ? {} : { workingDirectory: image.WorkingDirectory }),
  };
}

function loggingOf({ LoggingConfig: logging }: FunctionContent): LoggingSpec {
  return {
    format: logging.LogFormat,
    logGroup: logging.LogGroup,
    ...(logging.ApplicationLogLevel === undefined ? {} : { applicationLogLevel: logging.ApplicationLogLevel }),
    ...(logging.SystemLogLevel === undefined ? {} : { systemLogLevel: logging.SystemLogLevel }),
  };
}
