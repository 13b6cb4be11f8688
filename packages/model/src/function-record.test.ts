import { expect, test } from "@jest/globals";
import { isUnfinished, servingContent, zipsOf, type FunctionContent, type FunctionRecord } from "@lambdock/model/function-record";

function content(sha: string, layers: readonly string[] = []): FunctionContent {
  return {
    ContentId: sha,
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
    Code: { RepositoryType: "S3", Sha256Hex: sha, CodeSha256: "", CodeSize: 1, UnzippedSize: 1 },
    Layers: layers.map((layer) => ({ Arn: layer, CodeSize: 1, Sha256Hex: layer, UnzippedSize: 1 })),
  };
}

const active: FunctionRecord = {
  AccountId: "111122223333",
  Region: "us-east-1",
  FunctionName: "f",
  RevisionId: "r",
  State: "Active",
  LastUpdateStatus: "Successful",
  Latest: content("new", ["l1", "l2"]),
};

test("invocations run the latest content unless an older one is kept for them", () => {
  expect(servingContent(active).ContentId).toBe("new");
  expect(servingContent({ ...active, Serving: content("old") }).ContentId).toBe("old");
});

test("content needs the zips of its code and of its layers, in their order", () => {
  expect(zipsOf(content("code", ["l2", "l1"]))).toEqual(["code", "l2", "l1"]);
});

test("an image needs no zip", () => {
  const { Layers: _, ...rest } = content("x");
  expect(zipsOf({ ...rest, Code: { RepositoryType: "ECR", ImageUri: "i", PushId: "p" } })).toEqual([]);
});

test.each([
  [{ ...active, State: "Pending" as const }, true],
  [{ ...active, LastUpdateStatus: "InProgress" as const }, true],
  [active, false],
  [{ ...active, State: "Failed" as const }, false],
])("a record is unfinished only while it is being prepared", (record, unfinished) => {
  expect(isUnfinished(record)).toBe(unfinished);
});
