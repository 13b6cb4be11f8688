import type { Architecture } from "@lambdock/model/function-record";

/** Inputs of the function operations as the wire hands them over: decoded, constraints of the model checked. */

/** `Code` of CreateFunction; UpdateFunctionCode has the same members at its top. */
export interface CodeInput {
  readonly ZipFile?: Uint8Array;
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly S3ObjectVersion?: string;
  readonly ImageUri?: string;
  readonly SourceKMSKeyArn?: string;
}

/** Configuration members that CreateFunction and UpdateFunctionConfiguration share. */
export interface ConfigurationInput {
  readonly Description?: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly EphemeralStorage?: { readonly Size: number };
  readonly Handler?: string;
  readonly ImageConfig?: {
    readonly EntryPoint?: readonly string[];
    readonly Command?: readonly string[];
    readonly WorkingDirectory?: string;
  };
  readonly Layers?: readonly string[];
  readonly LoggingConfig?: LoggingInput;
  readonly MemorySize?: number;
  readonly Role?: string;
  readonly Runtime?: string;
  readonly SnapStart?: { readonly ApplyOn?: "PublishedVersions" | "None" };
  readonly Timeout?: number;
  readonly TracingConfig?: { readonly Mode?: "Active" | "PassThrough" };
  readonly VpcConfig?: {
    readonly SubnetIds?: readonly string[];
    readonly SecurityGroupIds?: readonly string[];
    readonly Ipv6AllowedForDualStack?: boolean;
  };
  readonly FileSystemConfigs?: readonly { readonly Arn: string; readonly LocalMountPath: string }[];
  readonly KMSKeyArn?: string;
  readonly DeadLetterConfig?: { readonly TargetArn?: string };
  readonly DurableConfig?: object;
  readonly CapacityProviderConfig?: object;
}

export interface LoggingInput {
  readonly LogFormat?: "Text" | "JSON";
  readonly LogGroup?: string;
  readonly ApplicationLogLevel?: string;
  readonly SystemLogLevel?: string;
}

export interface CreateFunctionInput extends ConfigurationInput {
  readonly FunctionName: string;
  readonly Role: string;
  readonly Code: CodeInput;
  readonly PackageType?: "Zip" | "Image";
  readonly Architectures?: readonly Architecture[];
  readonly Tags?: Readonly<Record<string, string>>;
  readonly CodeSigningConfigArn?: string;
  readonly Publish?: boolean;
  readonly PublishTo?: string;
  readonly TenancyConfig?: object;
}

export interface UpdateFunctionCodeInput extends CodeInput {
  readonly FunctionName: string;
  readonly Architectures?: readonly Architecture[];
  readonly DryRun?: boolean;
  readonly RevisionId?: string;
  readonly Publish?: boolean;
  readonly PublishTo?: string;
}

export interface UpdateFunctionConfigurationInput extends ConfigurationInput {
  readonly FunctionName: string;
  readonly RevisionId?: string;
}
