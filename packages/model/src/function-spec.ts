/**
 * A function version as the executor needs it to run: everything that shapes an execution
 * environment, nothing else. Two specs with the same `revision` are interchangeable.
 */
export interface FunctionSpec {
  /** Unqualified ARN. */
  readonly functionArn: string;
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  /** `$LATEST` or a version number. */
  readonly version: string;
  /** Changes with every code or configuration change that retires environments. */
  readonly revision: string;
  readonly package: ZipPackage | ImagePackage;
  readonly environment: Readonly<Record<string, string>>;
  readonly memorySizeMb: number;
  readonly timeoutMs: number;
  readonly ephemeralStorageMb: number;
  readonly architecture: "x86_64" | "arm64";
  readonly logging: LoggingSpec;
  readonly tracing: "Active" | "PassThrough";
  /** True for a published version with SnapStart: its environments are restored, not initialized. Absent is false. */
  readonly snapStart?: true;
}

/** `AWS_LAMBDA_INITIALIZATION_TYPE`. */
export type InitializationType = "on-demand" | "provisioned-concurrency" | "snap-start";

/** A zip package: unpacked at `/var/task`, its layers merged in order at `/opt`. */
export interface ZipPackage {
  readonly kind: "zip";
  readonly runtime: string;
  readonly handler: string;
  /** Hex SHA-256 of the zip: its address in the code store. */
  readonly codeSha256: string;
  /** Hex SHA-256 of each layer's zip, in the order they are merged. */
  readonly layers: readonly string[];
}

/** A container image, with the function's overrides. */
export interface ImagePackage {
  readonly kind: "image";
  readonly imageUri: string;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDirectory?: string;
}

export interface LoggingSpec {
  readonly format: "Text" | "JSON";
  readonly logGroup: string;
  readonly applicationLogLevel?: string;
  readonly systemLogLevel?: string;
}
