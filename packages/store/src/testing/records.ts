import type { AliasRecord } from "@lambdock/model/alias";
import type { FunctionContent, FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";

/** A complete content, with members replaced as given. */
export function contentOf(changes: Partial<FunctionContent> = {}): FunctionContent {
  return {
    ContentId: "content-1",
    LastModified: "2025-11-25T02:26:54.123+0000",
    Role: "arn:aws:iam::111122223333:role/r",
    Description: "",
    Timeout: 3,
    MemorySize: 128,
    PackageType: "Zip",
    Architectures: ["x86_64"],
    EphemeralStorage: { Size: 512 },
    TracingConfig: { Mode: "PassThrough" },
    SnapStart: { ApplyOn: "None" },
    LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
    Code: { RepositoryType: "S3", Sha256Hex: "a".repeat(64), CodeSha256: "qqo=", CodeSize: 100, UnzippedSize: 200 },
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    ...changes,
  };
}

/** A complete record of an active function, with members replaced as given. */
export function recordOf(changes: Partial<FunctionRecord> = {}): FunctionRecord {
  return {
    AccountId: "111122223333",
    Region: "us-east-1",
    FunctionName: "f",
    RevisionId: "revision-1",
    State: "Active",
    LastUpdateStatus: "Successful",
    Latest: contentOf(),
    ...changes,
  };
}

/** A complete record of an active version 1, with members replaced as given. */
export function versionOf(changes: Partial<FunctionVersionRecord> = {}): FunctionVersionRecord {
  return {
    AccountId: "111122223333",
    Region: "us-east-1",
    FunctionName: "f",
    Version: "1",
    RevisionId: "version-revision-1",
    State: "Active",
    LastUpdateStatus: "Successful",
    Content: contentOf({ ContentId: "version-content-1" }),
    Source: "source-1",
    ...changes,
  };
}

/** An alias `live` of version 1, with members replaced as given. */
export function aliasOf(changes: Partial<AliasRecord> = {}): AliasRecord {
  return { Name: "live", FunctionVersion: "1", Description: "", RevisionId: "alias-revision-1", ...changes };
}
