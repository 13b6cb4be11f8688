import type {
  Architecture,
  FunctionContent,
  ImageCode,
  ImageConfig,
  LayerReference,
  VpcConfig,
  ZipCode,
} from "@lambdock/model/function-record";
import { mergeLogging } from "./configuration-rules.ts";
import type { ConfigurationInput, CreateFunctionInput } from "./inputs.ts";

/** Builds a function's content from API input, with AWS's defaults. Pure: ids, times and looked-up things arrive as arguments. */

/** What every new content is made with. */
export interface ContentMark {
  /** UUID. */
  readonly contentId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Epoch milliseconds as Lambda writes times: `2025-11-25T02:26:54.123+0000`. */
export function lambdaDate(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("Z", "+0000");
}

/** Content of a new function. */
export function createdContent(
  input: CreateFunctionInput,
  name: string,
  made: ContentMark & { readonly code: ZipCode | ImageCode; readonly layers: readonly LayerReference[] },
): FunctionContent {
  const base: FunctionContent = {
    ContentId: made.contentId,
    LastModified: lambdaDate(made.now),
    Role: input.Role,
    Description: "",
    Timeout: 3,
    MemorySize: 128,
    PackageType: input.PackageType ?? "Zip",
    Architectures: input.Architectures ?? ["x86_64"],
    EphemeralStorage: { Size: 512 },
    TracingConfig: { Mode: "PassThrough" },
    SnapStart: { ApplyOn: "None" },
    LoggingConfig: { LogFormat: "Text", LogGroup: `/aws/lambda/${name}` },
    Code: made.code,
  };
  return reconfigured(base, input, made);
}

/** Content with new code. */
export function recodedContent(
  before: FunctionContent,
  made: ContentMark & { readonly code: ZipCode | ImageCode; readonly architectures?: readonly Architecture[] },
): FunctionContent {
  return {
    ...before,
    ContentId: made.contentId,
    LastModified: lambdaDate(made.now),
    Code: made.code,
    Architectures: made.architectures ?? before.Architectures,
  };
}

/** Content with those members of the input that are given; `layers` are the looked-up `Layers`. */
export function reconfigured(
  before: FunctionContent,
  input: ConfigurationInput,
  made: ContentMark & { readonly layers?: readonly LayerReference[] },
): FunctionContent {
  const { RuntimeVersionArn, ...kept } = before;
  const sameRuntime = input.Runtime === undefined || input.Runtime === before.Runtime;
  return withoutEmpty({
    ...kept,
    ...(sameRuntime ? optional("RuntimeVersionArn", RuntimeVersionArn) : {}),
    ContentId: made.contentId,
    LastModified: lambdaDate(made.now),
    Role: input.Role ?? before.Role,
    Description: input.Description ?? before.Description,
    Timeout: input.Timeout ?? before.Timeout,
    MemorySize: input.MemorySize ?? before.MemorySize,
    EphemeralStorage: input.EphemeralStorage ?? before.EphemeralStorage,
    TracingConfig: { Mode: input.TracingConfig?.Mode ?? before.TracingConfig.Mode },
    SnapStart: { ApplyOn: input.SnapStart?.ApplyOn ?? before.SnapStart.ApplyOn },
    LoggingConfig: mergeLogging(before.LoggingConfig, input.LoggingConfig),
    ...optional("Runtime", input.Runtime),
    ...optional("Handler", input.Handler),
    ...optional("Environment", environmentOf(input, before)),
    ...optional("Layers", input.Layers === undefined ? undefined : made.layers),
    ...optional("ImageConfig", imageConfigOf(input)),
    ...optional("VpcConfig", vpcConfigOf(input)),
    ...optional("FileSystemConfigs", input.FileSystemConfigs),
    ...optional("KMSKeyArn", input.KMSKeyArn),
    ...optional(
      "DeadLetterConfig",
      input.DeadLetterConfig === undefined ? undefined : { TargetArn: input.DeadLetterConfig.TargetArn ?? "" },
    ),
  });
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: Value });
}

/** An update's `Environment` without `Variables` clears them; at creation it means none were given [recorded]. */
function environmentOf(input: ConfigurationInput, before: FunctionContent): FunctionContent["Environment"] {
  if (input.Environment === undefined) return undefined;
  if (input.Environment.Variables !== undefined) return { Variables: input.Environment.Variables };
  return before.Environment === undefined ? undefined : { Variables: {} };
}

/** Replaces as a whole: a member that is not repeated is gone [recorded]. */
function imageConfigOf({ ImageConfig: given }: ConfigurationInput): ImageConfig | undefined {
  if (given === undefined) return undefined;
  return {
    ...((given.EntryPoint?.length ?? 0) > 0 ? { EntryPoint: given.EntryPoint! } : {}),
    ...((given.Command?.length ?? 0) > 0 ? { Command: given.Command! } : {}),
    ...(given.WorkingDirectory ? { WorkingDirectory: given.WorkingDirectory } : {}),
  };
}

/** Once set it stays visible, emptied, after it has been cleared [recorded]. */
function vpcConfigOf({ VpcConfig: given }: ConfigurationInput): VpcConfig | undefined {
  if (given === undefined) return undefined;
  return {
    SubnetIds: given.SubnetIds ?? [],
    SecurityGroupIds: given.SecurityGroupIds ?? [],
    Ipv6AllowedForDualStack: given.Ipv6AllowedForDualStack ?? false,
  };
}

/** AWS leaves out what was emptied. */
function withoutEmpty(content: FunctionContent): FunctionContent {
  const { Layers, ImageConfig: image, FileSystemConfigs, KMSKeyArn, DeadLetterConfig, ...rest } = content;
  return {
    ...rest,
    ...(Layers !== undefined && Layers.length > 0 ? { Layers } : {}),
    ...(image !== undefined && Object.keys(image).length > 0 ? { ImageConfig: image } : {}),
    ...(FileSystemConfigs !== undefined && FileSystemConfigs.length > 0 ? { FileSystemConfigs } : {}),
    ...(KMSKeyArn ? { KMSKeyArn } : {}),
    ...(DeadLetterConfig?.TargetArn ? { DeadLetterConfig } : {}),
  };
}
