import { AwsError, invalidParameter } from "@lambdock/model/errors/aws-error";
import type { LoggingConfig } from "@lambdock/model/function-record";
import { TAGS_MAX, UNZIPPED_BYTES_MAX } from "@lambdock/model/limits";
import { CURRENT_RUNTIMES, runtimeStanding, supportsSnapStart } from "@lambdock/model/runtimes";
import type { CodeInput, ConfigurationInput, LoggingInput } from "./inputs.ts";

/** Checks of a function's configuration beyond the constraints of the API model, in AWS's words. */

/** Largest memory of a default (not managed-instances) function, MB. */
const MEMORY_MB_MAX = 10_240;
/** Largest ephemeral storage with SnapStart, MB. */
const SNAP_START_STORAGE_MB_MAX = 512;
/** Longest timeout, seconds. */
const TIMEOUT_SECONDS_MAX = 900;

/** Throws unless AWS creates functions of this runtime. */
export function checkRuntime(runtime: string): void {
  const standing = runtimeStanding(runtime);
  if (standing === "unknown") {
    throw invalidParameter(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${CURRENT_RUNTIMES.join(", ")}] or be a valid ARN`,
    );
  }
  if (standing === "deprecated") {
    throw invalidParameter(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
}

/** Throws when memory or timeout is beyond a default function's. */
export function checkSizes({ MemorySize, Timeout }: ConfigurationInput): void {
  if (MemorySize !== undefined && MemorySize > MEMORY_MB_MAX)
    throw invalidParameter(
      `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${MEMORY_MB_MAX}`,
    );
  if (Timeout !== undefined && Timeout > TIMEOUT_SECONDS_MAX) {
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '${Timeout}' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to ${TIMEOUT_SECONDS_MAX}`,
    );
  }
}

/** Throws when members are given that the package type does not have. */
export function checkPackageMembers(packageType: "Zip" | "Image", input: ConfigurationInput): void {
  if (packageType === "Image" && (isFilled(input.Handler) || isFilled(input.Runtime) || (input.Layers?.length ?? 0) > 0)) {
    throw invalidParameter("Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.");
  }
  if (packageType === "Zip" && Object.keys(input.ImageConfig ?? {}).length > 0) {
    throw invalidParameter("Please don't provide ImageConfig when the intended function PackageType is Zip.");
  }
}

/** Throws unless a new zip function names its runtime and handler. */
export function requireRuntimeAndHandler({ Runtime, Handler }: ConfigurationInput): void {
  if (!isFilled(Runtime) || !isFilled(Handler))
    throw invalidParameter("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
}

/** Throws unless exactly one source of the right kind is given. `doing` is `creating` or `updating`. */
export function checkCodeSource(packageType: "Zip" | "Image", code: CodeInput, doing: "creating" | "updating"): void {
  const given = { zip: code.ZipFile !== undefined, s3: isFilled(code.S3Bucket) || isFilled(code.S3Key), image: isFilled(code.ImageUri) };
  if (packageType === "Image" && !given.image)
    throw invalidParameter(`Please provide ImageUri when ${doing} a function with packageType Image.`);
  if (packageType === "Zip" && given.image)
    throw invalidParameter(`Please don't provide ImageUri when ${doing} a function with packageType Zip.`);
  if (!given.zip && !given.s3 && !given.image) throw invalidParameter("Please provide a source for function code.");
  if (given.zip && (given.s3 || given.image))
    throw invalidParameter("Please do not provide other FunctionCode parameters when providing a ZipFile.");
  if (given.s3 && given.image) throw invalidParameter("Please provide only one source for function code: S3Bucket and S3Key, or ImageUri.");
  if (given.s3 && !(isFilled(code.S3Bucket) && isFilled(code.S3Key)))
    throw invalidParameter("Please provide both S3Bucket and S3Key for function code in Amazon S3.");
}

/** Throws when SnapStart is asked for on a runtime, or with settings, that does not have it. */
export function checkSnapStart(
  runtime: string | undefined,
  settings: Pick<ConfigurationInput, "SnapStart" | "EphemeralStorage" | "FileSystemConfigs">,
): void {
  if (settings.SnapStart?.ApplyOn !== "PublishedVersions") return;
  if (runtime === undefined || !supportsSnapStart(runtime))
    throw invalidParameter(`${runtime ?? "A container image"} is not supported for SnapStart enabled functions.`);
  if ((settings.EphemeralStorage?.Size ?? 0) > SNAP_START_STORAGE_MB_MAX)
    throw invalidParameter(`SnapStart enabled functions can't have more than ${SNAP_START_STORAGE_MB_MAX} MB of ephemeral storage.`);
  if ((settings.FileSystemConfigs?.length ?? 0) > 0) throw invalidParameter("SnapStart enabled functions can't have file systems.");
}

/** Throws unless failed events can go there: a standard queue or topic in the function's region. An empty ARN is none. */
export function checkDeadLetter(region: string, { DeadLetterConfig }: ConfigurationInput): void {
  const arn = DeadLetterConfig?.TargetArn ?? "";
  if (arn === "") return;
  const [, , service = "", targetRegion, , name = ""] = arn.split(":");
  const kind = DEAD_LETTER_KINDS.get(service);
  if (kind === undefined) throw invalidDeadLetter("The service specified by the TargetArn is not supported for dead letter configuration.");
  if (targetRegion !== region)
    throw invalidDeadLetter(
      "The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with.",
    );
  if (name.endsWith(".fifo")) throw invalidDeadLetter(`FIFO ${kind} is not supported for dead letter configuration`);
}

/** What dead letters can go to, by service. */
const DEAD_LETTER_KINDS: ReadonlyMap<string, string> = new Map([
  ["sqs", "SQS queue"],
  ["sns", "SNS topic"],
]);

function invalidDeadLetter(reason: string): AwsError {
  return invalidParameter(`Invalid dead letter queue ARN: ${reason}`);
}

/** Throws when a function would begin with too many tags. */
export function checkTagCount(tags: Readonly<Record<string, string>> | undefined): void {
  if (Object.keys(tags ?? {}).length > TAGS_MAX) throw invalidParameter("Number of tags exceeds resource tag limit.");
}

/** Throws when code and layers together unpack to more than Lambda allows. Sizes in bytes. */
export function checkUnzippedTotal(codeBytes: number, layerBytes: readonly number[]): void {
  const total = layerBytes.reduce((sum, bytes) => sum + bytes, codeBytes);
  if (total > UNZIPPED_BYTES_MAX)
    throw invalidParameter(
      `Function code combined with layers exceeds the maximum allowed size of ${UNZIPPED_BYTES_MAX} bytes. The actual size is ${total} bytes.`,
    );
}

/**
 * The logging configuration after a change. Levels exist only with JSON, where they begin as INFO;
 * switching back to Text drops them [recorded].
 */
export function mergeLogging(before: LoggingConfig, change: LoggingInput | undefined): LoggingConfig {
  if (change === undefined) return before;
  const LogFormat = change.LogFormat ?? before.LogFormat;
  const LogGroup = change.LogGroup ?? before.LogGroup;
  if (LogFormat === "Text") {
    if (change.ApplicationLogLevel !== undefined || change.SystemLogLevel !== undefined) {
      throw invalidParameter("ApplicationLogLevel and SystemLogLevel can be set only with LogFormat JSON.");
    }
    return { LogFormat, LogGroup };
  }
  // Naming the format anew sets the levels anew [recorded].
  const kept = change.LogFormat === undefined ? before : undefined;
  return {
    LogFormat,
    LogGroup,
    ApplicationLogLevel: change.ApplicationLogLevel ?? kept?.ApplicationLogLevel ?? "INFO",
    SystemLogLevel: change.SystemLogLevel ?? kept?.SystemLogLevel ?? "INFO",
  };
}

function isFilled(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}
