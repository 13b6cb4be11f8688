import { expect, test } from "@jest/globals";
import type { FunctionContent } from "@lambdock/model/function-record";
import { contentOf } from "@lambdock/store/testing/records";
import fc from "fast-check";
import { specOf } from "./spec.ts";

const id = { accountId: "111122223333", region: "us-east-1", name: "f" };
const LAYER = { Arn: "arn:aws:lambda:us-east-1:111122223333:layer:l:1", CodeSize: 1, Sha256Hex: "b".repeat(64), UnzippedSize: 1 };

test("a zip function's specification is what the executor needs and no more", () => {
  const content = contentOf({
    Environment: { Variables: { KEY: "value" } },
    Layers: [LAYER],
    Timeout: 7,
    MemorySize: 512,
    Architectures: ["arm64"],
  });
  expect(specOf(id, content)).toEqual({
    functionArn: "arn:aws:lambda:us-east-1:111122223333:function:f",
    accountId: "111122223333",
    region: "us-east-1",
    name: "f",
    version: "$LATEST",
    revision: expect.stringMatching(/^[0-9a-f]{32}$/),
    package: { kind: "zip", runtime: "nodejs24.x", handler: "index.handler", codeSha256: "a".repeat(64), layers: ["b".repeat(64)] },
    environment: { KEY: "value" },
    memorySizeMb: 512,
    timeoutMs: 7_000,
    ephemeralStorageMb: 512,
    architecture: "arm64",
    logging: { format: "Text", logGroup: "/aws/lambda/f" },
    tracing: "PassThrough",
  });
});

test("an image function's specification carries its overrides", () => {
  const {
    Runtime: _r,
    Handler: _h,
    ...rest
  } = contentOf({
    PackageType: "Image",
    Code: { RepositoryType: "ECR", ImageUri: "i:t", PushId: "p" },
    ImageConfig: { Command: ["c"], WorkingDirectory: "/w" },
  });
  expect(specOf(id, rest).package).toEqual({ kind: "image", imageUri: "i:t", command: ["c"], workingDirectory: "/w" });
});

const RELEVANT: readonly [string, Partial<FunctionContent>][] = [
  ["code", { Code: { RepositoryType: "S3", Sha256Hex: "c".repeat(64), CodeSha256: "", CodeSize: 1, UnzippedSize: 1 } }],
  ["handler", { Handler: "other.handler" }],
  ["runtime", { Runtime: "nodejs22.x" }],
  ["layers", { Layers: [LAYER] }],
  ["environment", { Environment: { Variables: { A1: "1" } } }],
  ["memory", { MemorySize: 129 }],
  ["timeout", { Timeout: 4 }],
  ["ephemeral storage", { EphemeralStorage: { Size: 513 } }],
  ["architecture", { Architectures: ["arm64"] }],
  ["logging", { LoggingConfig: { LogFormat: "Text", LogGroup: "other" } }],
  ["role", { Role: "arn:aws:iam::111122223333:role/other" }],
  ["push of an image", { Code: { RepositoryType: "ECR", ImageUri: "i", PushId: "1" } }],
];

test.each(RELEVANT)("the revision changes with %s", (_what, change) => {
  expect(specOf(id, contentOf(change)).revision).not.toBe(specOf(id, contentOf()).revision);
});

test("another push of the same image tag is another revision", () => {
  const pushed = (PushId: string): string => specOf(id, contentOf({ Code: { RepositoryType: "ECR", ImageUri: "i", PushId } })).revision;
  expect(pushed("1")).not.toBe(pushed("2"));
  expect(pushed("1")).toBe(pushed("1"));
});

test("the revision does not change with what no environment can see, nor with the order of variables", () => {
  const base = specOf(id, contentOf()).revision;
  const unseen: Partial<FunctionContent>[] = [
    { Description: "d" },
    { LastModified: "later" },
    { ContentId: "other" },
    { DeadLetterConfig: { TargetArn: "q" } },
    { RuntimeVersionArn: "v" },
  ];
  for (const change of unseen) expect(specOf(id, contentOf(change)).revision).toBe(base);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (variables) => {
      const reversed = Object.fromEntries(Object.entries(variables).reverse());
      expect(specOf(id, contentOf({ Environment: { Variables: variables } })).revision).toBe(
        specOf(id, contentOf({ Environment: { Variables: reversed } })).revision,
      );
    }),
  );
});

test("a version is of another revision than the same content unpublished, and carries SnapStart", () => {
  const content = contentOf({ Runtime: "python3.13", SnapStart: { ApplyOn: "PublishedVersions" } });
  expect(specOf(id, content)).not.toHaveProperty("snapStart");
  expect(specOf(id, content, "3")).toMatchObject({ version: "3", snapStart: true });
  expect(specOf(id, contentOf(), "3")).not.toHaveProperty("snapStart");
  expect(specOf(id, content, "3").revision).not.toBe(specOf(id, content).revision);
});

test("a version of an image runs the digest that was published, whatever its tag means by now", () => {
  const content = contentOf({
    Code: { RepositoryType: "ECR", ImageUri: "repo/image:tag", PushId: "p", ResolvedImageUri: "repo/image@sha256:abc" },
  });
  expect(specOf(id, content).package).toMatchObject({ imageUri: "repo/image:tag" });
  expect(specOf(id, content, "1").package).toMatchObject({ imageUri: "repo/image@sha256:abc" });
});
