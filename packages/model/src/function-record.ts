/**
 * A function as it is stored: member names are AWS's own, so that a record read by a person looks
 * like GetFunctionConfiguration. `Latest` is what the API shows; `Serving` is what invocations run
 * while `Latest` is not ready (during an update, and after one that failed).
 */

/** `State`, https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
export type FunctionState = "Pending" | "Active" | "Inactive" | "Failed";
export type LastUpdateStatus = "Successful" | "Failed" | "InProgress";

/** One function of one account and region. */
export interface FunctionRecord {
  readonly AccountId: string;
  readonly Region: string;
  readonly FunctionName: string;
  /** UUID; changes with every write that AWS counts as a revision. */
  readonly RevisionId: string;
  readonly State: FunctionState;
  readonly StateReason?: string;
  readonly StateReasonCode?: string;
  readonly LastUpdateStatus?: LastUpdateStatus;
  readonly LastUpdateStatusReason?: string;
  readonly LastUpdateStatusReasonCode?: string;
  readonly Latest: FunctionContent;
  readonly Serving?: FunctionContent;
}

/** Code and configuration of a function at one moment. */
export interface FunctionContent {
  /** UUID of the create or update call that made it: a finished preparation finds its own content by it. */
  readonly ContentId: string;
  /** `2025-11-25T02:26:54.123+0000`. */
  readonly LastModified: string;
  readonly Role: string;
  readonly Description: string;
  /** Seconds. */
  readonly Timeout: number;
  /** MB. */
  readonly MemorySize: number;
  readonly PackageType: "Zip" | "Image";
  readonly Architectures: readonly Architecture[];
  readonly EphemeralStorage: { readonly Size: number };
  readonly TracingConfig: { readonly Mode: "Active" | "PassThrough" };
  readonly SnapStart: { readonly ApplyOn: "PublishedVersions" | "None" };
  readonly LoggingConfig: LoggingConfig;
  readonly Code: ZipCode | ImageCode;
  readonly Runtime?: string;
  /** Version of the runtime as the executor prepared it; absent until then, and for images. */
  readonly RuntimeVersionArn?: string;
  readonly Handler?: string;
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
  readonly Layers?: readonly LayerReference[];
  readonly ImageConfig?: ImageConfig;
  readonly VpcConfig?: VpcConfig;
  readonly FileSystemConfigs?: readonly { readonly Arn: string; readonly LocalMountPath: string }[];
  readonly KMSKeyArn?: string;
  readonly DeadLetterConfig?: { readonly TargetArn: string };
}

export type Architecture = "x86_64" | "arm64";

export interface LoggingConfig {
  readonly LogFormat: "Text" | "JSON";
  readonly LogGroup: string;
  readonly ApplicationLogLevel?: string;
  readonly SystemLogLevel?: string;
}

/** A zip in the code store. Sizes in bytes. */
export interface ZipCode {
  readonly RepositoryType: "S3";
  /** Address in the code store. */
  readonly Sha256Hex: string;
  /** As AWS shows it: base64. */
  readonly CodeSha256: string;
  readonly CodeSize: number;
  readonly UnzippedSize: number;
}

/** A container image. */
export interface ImageCode {
  readonly RepositoryType: "ECR";
  readonly ImageUri: string;
  /** UUID of the call that named the image: the same tag may mean another image after the next push. */
  readonly PushId: string;
  /** `repository@sha256:…`, once the executor has resolved it. */
  readonly ResolvedImageUri?: string;
}

/** A layer version as a function holds it: enough to run after the version has been deleted. */
export interface LayerReference {
  readonly Arn: string;
  readonly CodeSize: number;
  readonly Sha256Hex: string;
  readonly UnzippedSize: number;
}

export interface ImageConfig {
  readonly EntryPoint?: readonly string[];
  readonly Command?: readonly string[];
  readonly WorkingDirectory?: string;
}

export interface VpcConfig {
  readonly SubnetIds: readonly string[];
  readonly SecurityGroupIds: readonly string[];
  readonly Ipv6AllowedForDualStack: boolean;
}

/** The content that invocations run now. */
export function servingContent(record: FunctionRecord): FunctionContent {
  return record.Serving ?? record.Latest;
}

/** True while a preparation is under way, or has to be taken up again after a restart. */
export function isUnfinished(record: FunctionRecord): boolean {
  return record.State === "Pending" || record.LastUpdateStatus === "InProgress";
}

/** Hex SHA-256 of every zip that the content needs: its code, then its layers. */
export function zipsOf(content: FunctionContent): readonly string[] {
  const layers = (content.Layers ?? []).map((layer) => layer.Sha256Hex);
  return content.Code.RepositoryType === "S3" ? [content.Code.Sha256Hex, ...layers] : layers;
}
