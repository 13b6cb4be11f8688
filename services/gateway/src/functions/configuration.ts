import { createHash } from "node:crypto";
import { functionArn, partitionOf } from "@lambdock/model/arn";
import type { FunctionContent, FunctionRecord, ImageCode, ZipCode } from "@lambdock/model/function-record";
import { LATEST } from "@lambdock/directory/spec";

/**
 * A function as the API shows it (`FunctionConfiguration`). Members that were never set are absent,
 * as AWS leaves them [recorded November 2025].
 */

/** FunctionConfiguration; qualified only when the caller qualified the function. */
export function configurationOf(record: FunctionRecord, qualified = false): object {
  return { ...unstated(record, qualified), ...runtimeVersionOf(record), ...statesOf(record) };
}

/** An item of ListFunctions: without states and runtime version [recorded]. */
export function listedConfigurationOf(record: FunctionRecord, qualified: boolean): object {
  return unstated(record, qualified);
}

/** The image's digest as AWS shows it in CodeSha256: hex; absent until it is known. */
export function imageDigestOf(code: ImageCode): string | undefined {
  return /@sha256:([0-9a-f]{64})$/.exec(code.ResolvedImageUri ?? code.ImageUri)?.[1];
}

function unstated(record: FunctionRecord, qualified: boolean): object {
  const id = { accountId: record.AccountId, region: record.Region, name: record.FunctionName };
  const content = record.Latest;
  return {
    FunctionName: record.FunctionName,
    FunctionArn: functionArn(id, qualified ? LATEST : undefined),
    Version: LATEST,
    RevisionId: record.RevisionId,
    LastModified: content.LastModified,
    Role: content.Role,
    Description: content.Description,
    Timeout: content.Timeout,
    MemorySize: content.MemorySize,
    PackageType: content.PackageType,
    Architectures: content.Architectures,
    EphemeralStorage: content.EphemeralStorage,
    TracingConfig: content.TracingConfig,
    SnapStart: { ApplyOn: content.SnapStart.ApplyOn, OptimizationStatus: "Off" },
    LoggingConfig: content.LoggingConfig,
    ...codeOf(content.Code),
    ...settingsOf(content),
  };
}

function codeOf(code: ZipCode | ImageCode): object {
  if (code.RepositoryType === "S3") return { CodeSha256: code.CodeSha256, CodeSize: code.CodeSize };
  const digest = imageDigestOf(code);
  return { CodeSize: 0, ...(digest === undefined ? {} : { CodeSha256: digest }) };
}

function settingsOf(content: FunctionContent): object {
  const { Runtime, Handler, Environment, Layers, ImageConfig, VpcConfig, FileSystemConfigs, KMSKeyArn, DeadLetterConfig } = content;
  return defined({
    Runtime,
    Handler,
    Environment,
    Layers: Layers?.map(({ Arn, CodeSize }) => ({ Arn, CodeSize })),
    ImageConfigResponse: ImageConfig === undefined ? undefined : { ImageConfig },
    // No network is emulated, so there is no VPC to name.
    VpcConfig: VpcConfig === undefined ? undefined : { ...VpcConfig, VpcId: "" },
    FileSystemConfigs,
    KMSKeyArn,
    DeadLetterConfig,
  });
}

function statesOf({
  State,
  StateReason,
  StateReasonCode,
  LastUpdateStatus,
  LastUpdateStatusReason,
  LastUpdateStatusReasonCode,
}: FunctionRecord): object {
  return defined({ State, StateReason, StateReasonCode, LastUpdateStatus, LastUpdateStatusReason, LastUpdateStatusReasonCode });
}

/** Until the executor has named the runtime's version, a digest of the identifier stands for it. */
function runtimeVersionOf({ Region, Latest: { Runtime, RuntimeVersionArn } }: FunctionRecord): object {
  if (Runtime === undefined) return {};
  const digest = createHash("sha256").update(Runtime).digest("hex");
  return {
    RuntimeVersionConfig: { RuntimeVersionArn: RuntimeVersionArn ?? `arn:${partitionOf(Region)}:lambda:${Region}::runtime:${digest}` },
  };
}

function defined(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
