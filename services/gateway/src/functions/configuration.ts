import { createHash } from "node:crypto";
import { functionArn, partitionOf } from "@lambdock/model/arn";
import type { FunctionContent, FunctionRecord, ImageCode, ZipCode } from "@lambdock/model/function-record";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";
import { LATEST } from "@lambdock/directory/spec";

/**
 * A function as the API shows it (`FunctionConfiguration`). Members that were never set are absent,
 * as AWS leaves them [recorded November 2025].
 */

/** FunctionConfiguration of a function or a version; the ARN carries the qualifier by which the caller named it. */
export function configurationOf(record: FunctionRecord | FunctionVersionRecord, qualifier?: string): object {
  return { ...unstated(record, qualifier), ...runtimeVersionOf(record), ...statesOf(record) };
}

/** An item of ListFunctions and ListVersionsByFunction: without states and runtime version [recorded]. */
export function listedConfigurationOf(record: FunctionRecord | FunctionVersionRecord, qualifier?: string): object {
  return unstated(record, qualifier);
}

/** The code and configuration that the API shows. */
export function shownContent(record: FunctionRecord | FunctionVersionRecord): FunctionContent {
  return "Content" in record ? record.Content : record.Latest;
}

/** The image's digest as AWS shows it in CodeSha256: hex; absent until it is known. */
export function imageDigestOf(code: ImageCode): string | undefined {
  return /@sha256:([0-9a-f]{64})$/.exec(code.ResolvedImageUri ?? code.ImageUri)?.[1];
}

function unstated(record: FunctionRecord | FunctionVersionRecord, qualifier: string | undefined): object {
  const id = { accountId: record.AccountId, region: record.Region, name: record.FunctionName };
  const content = shownContent(record);
  return {
    FunctionName: record.FunctionName,
    FunctionArn: functionArn(id, qualifier),
    Version: "Version" in record ? record.Version : LATEST,
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
    SnapStart: { ApplyOn: content.SnapStart.ApplyOn, OptimizationStatus: isOptimized(record) ? "On" : "Off" },
    LoggingConfig: content.LoggingConfig,
    ...codeOf(content.Code),
    ...settingsOf(content),
  };
}

/** SnapStart takes effect on published versions. */
function isOptimized(record: FunctionRecord | FunctionVersionRecord): boolean {
  return "Content" in record && record.Content.SnapStart.ApplyOn === "PublishedVersions";
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

function statesOf(record: FunctionRecord | FunctionVersionRecord): object {
  const { State, StateReason, StateReasonCode, LastUpdateStatus } = record;
  // A version is never updated.
  const { LastUpdateStatusReason, LastUpdateStatusReasonCode } = "Content" in record ? {} : record;
  return defined({ State, StateReason, StateReasonCode, LastUpdateStatus, LastUpdateStatusReason, LastUpdateStatusReasonCode });
}

/** Until the executor has named the runtime's version, a digest of the identifier stands for it. */
function runtimeVersionOf(record: FunctionRecord | FunctionVersionRecord): object {
  const { Region } = record;
  const { Runtime, RuntimeVersionArn } = shownContent(record);
  if (Runtime === undefined) return {};
  const digest = createHash("sha256").update(Runtime).digest("hex");
  return {
    RuntimeVersionConfig: { RuntimeVersionArn: RuntimeVersionArn ?? `arn:${partitionOf(Region)}:lambda:${Region}::runtime:${digest}` },
  };
}

function defined(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
