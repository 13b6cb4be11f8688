import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import {
  creationOf,
  errorOf,
  listen,
  SCOPE,
  startControlPlane,
  until,
  zipOf,
  type ControlPlaneFixture,
} from "./testing/control-plane-fixture.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const describeWithRedis = redisInstalled() ? describe : describe.skip;

describeWithRedis("the function API", () => {
  let fixture: ControlPlaneFixture;
  let s3: { readonly url: string; close(): Promise<void> };
  beforeAll(async () => {
    const stored = await zipOf("from s3");
    s3 = await listen((request, response) => {
      const [code, message] = request.url?.startsWith("/bucket/")
        ? ["NoSuchKey", "The specified key does not exist."]
        : ["NoSuchBucket", "The specified bucket does not exist"];
      if (request.url === "/bucket/folder/my%20code.zip" || request.url === "/bucket/v.zip?versionId=v1") response.end(stored);
      else response.writeHead(404).end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
    });
    fixture = await startControlPlane({ s3Endpoint: s3.url });
  });
  beforeEach(async () => {
    for (const { FunctionName } of (await fixture.call("ListFunctions", {}))["Functions"])
      await fixture.call("DeleteFunction", { FunctionName });
    fixture.logged.length = 0;
  });
  afterAll(async () => {
    await fixture.stop();
    await s3.close();
  });

  const createActive = async (FunctionName: string, changes: object = {}): Promise<void> => {
    await fixture.call("CreateFunction", await creationOf(FunctionName, changes));
    await active(FunctionName);
  };
  const active = (FunctionName: string): Promise<void> =>
    until(async () => {
      const { State, LastUpdateStatus } = await fixture.call("GetFunctionConfiguration", { FunctionName });
      return State === "Active" && LastUpdateStatus === "Successful";
    });

  test.each([
    [
      "name too long",
      { FunctionName: "a".repeat(65) },
      "InvalidParameterValueException",
      `1 validation error detected: Value '${"a".repeat(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ],
    [
      "ARN of another region",
      { FunctionName: "arn:aws:lambda:eu-west-1:111122223333:function:f" },
      "ResourceNotFoundException",
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ],
    ["ARN of another account", { FunctionName: "arn:aws:lambda:us-east-1:444455556666:function:f" }, "AccessDeniedException", null],
    [
      "unknown runtime",
      { Runtime: "PYTHON3.9" },
      "InvalidParameterValueException",
      expect.stringMatching(
        /^Value PYTHON3\.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs20\.x, python3\.14, .+\] or be a valid ARN$/,
      ),
    ],
    [
      "deprecated runtime",
      { Runtime: "nodejs14.x" },
      "InvalidParameterValueException",
      "The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.",
    ],
    [
      "no handler",
      { Handler: undefined },
      "InvalidParameterValueException",
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    ],
    [
      "handler on an image",
      { PackageType: "Image", Code: { ImageUri: "i" } },
      "InvalidParameterValueException",
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    ],
    ["no code", { Code: {} }, "InvalidParameterValueException", "Please provide a source for function code."],
    [
      "two sources",
      { Code: { ZipFile: new Uint8Array(1), S3Bucket: "b", S3Key: "k" } },
      "InvalidParameterValueException",
      "Please do not provide other FunctionCode parameters when providing a ZipFile.",
    ],
    [
      "not a zip",
      { Code: { ZipFile: Buffer.from("PK nonsense") } },
      "InvalidParameterValueException",
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    ],
    [
      "zip over 50 MB",
      { Code: { ZipFile: new Uint8Array(52_428_801) } },
      "RequestEntityTooLargeException",
      "Zipped size must be smaller than 52428800 bytes",
    ],
    [
      "missing bucket",
      { Code: { S3Bucket: "other", S3Key: "k" } },
      "InvalidParameterValueException",
      "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
    ],
    [
      "missing key",
      { Code: { S3Bucket: "bucket", S3Key: "k" } },
      "InvalidParameterValueException",
      "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    ],
    [
      "reserved variable",
      { Environment: { Variables: { AWS_REGION: "x" } } },
      "InvalidParameterValueException",
      expect.stringContaining("Reserved keys used in this request: AWS_REGION"),
    ],
    [
      "too many layers",
      { Layers: Array.from({ length: 6 }, (_, n) => `arn:aws:lambda:us-east-1:111122223333:layer:l${n}:1`) },
      "InvalidParameterValueException",
      "Cannot reference more than 5 layers.",
    ],
    [
      "51 tags",
      { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, "v"])) },
      "InvalidParameterValueException",
      "Number of tags exceeds resource tag limit.",
    ],
    [
      "DurableConfig",
      { DurableConfig: { ExecutionTimeout: 1 } },
      "NotImplementedException",
      "Lambdock does not implement DurableConfig of CreateFunction yet: call it without DurableConfig.",
    ],
    [
      "TenancyConfig",
      { TenancyConfig: {} },
      "NotImplementedException",
      "Lambdock does not implement TenancyConfig of CreateFunction yet: call it without TenancyConfig.",
    ],
    [
      "CapacityProviderConfig",
      { CapacityProviderConfig: {} },
      "NotImplementedException",
      "Lambdock does not implement CapacityProviderConfig of CreateFunction yet: call it without CapacityProviderConfig.",
    ],
  ])("creation is refused in AWS's words: %s", async (_what, changes, code, message) => {
    const input = Object.fromEntries(Object.entries(await creationOf("f", changes)).filter(([, value]) => value !== undefined));
    expect(await errorOf(fixture.call("CreateFunction", input))).toEqual({ code, message });
    expect((await fixture.call("ListFunctions", {}))["Functions"]).toEqual([]);
  });

  test("a name that exists is refused, and its code goes on", async () => {
    await createActive("f");
    expect(await errorOf(fixture.call("CreateFunction", await creationOf("f")))).toEqual({
      code: "ResourceConflictException",
      message: "Function already exist: f",
    });
    const attempts = await Promise.allSettled(Array.from({ length: 5 }, async () => fixture.call("CreateFunction", await creationOf("g"))));
    expect(attempts.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });

  test("code comes from S3 by key and by version", async () => {
    await createActive("f", { Code: { S3Bucket: "bucket", S3Key: "folder/my code.zip" } });
    const { CodeSha256 } = await fixture.call("GetFunctionConfiguration", { FunctionName: "f" });
    await fixture.call("UpdateFunctionCode", { FunctionName: "f", S3Bucket: "bucket", S3Key: "v.zip", S3ObjectVersion: "v1" });
    await active("f");
    expect((await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["CodeSha256"]).toBe(CodeSha256);
  });

  test("an image function has neither runtime nor handler, and shows its image", async () => {
    fixture.executor.answer(() => Promise.resolve({ kind: "ready", resolvedImageUri: `repository@sha256:${"a".repeat(64)}` }));
    const created = await fixture.call("CreateFunction", {
      FunctionName: "f",
      Role: "arn:aws:iam::111122223333:role/r",
      PackageType: "Image",
      Code: { ImageUri: "repository:tag" },
      ImageConfig: { Command: ["a.b"], EntryPoint: [] },
    });
    expect(created).toMatchObject({ PackageType: "Image", CodeSize: 0, ImageConfigResponse: { ImageConfig: { Command: ["a.b"] } } });
    for (const absent of ["Runtime", "Handler", "Layers", "RuntimeVersionConfig"]) expect(created).not.toHaveProperty(absent);
    await active("f");
    fixture.executor.answer(() => Promise.resolve({ kind: "ready" }));
    const shown = await fixture.call("GetFunction", { FunctionName: "f" });
    expect(shown["Code"]).toEqual({
      RepositoryType: "ECR",
      ImageUri: "repository:tag",
      ResolvedImageUri: `repository@sha256:${"a".repeat(64)}`,
    });
    expect(shown["Configuration"]["CodeSha256"]).toBe("a".repeat(64));
    expect((await errorOf(fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf("x") }))).message).toBe(
      "Please provide ImageUri when updating a function with packageType Image.",
    );
    const before = (await fixture.plane.directory.resolve(SCOPE, "f", undefined)).spec.revision;
    await fixture.call("UpdateFunctionCode", { FunctionName: "f", ImageUri: "repository:tag" });
    await active("f");
    expect((await fixture.plane.directory.resolve(SCOPE, "f", undefined)).spec.revision).not.toBe(before);
  });

  test("a zip function takes no image", async () => {
    await createActive("f");
    expect((await errorOf(fixture.call("UpdateFunctionCode", { FunctionName: "f", ImageUri: "i" }))).message).toBe(
      "Please don't provide ImageUri when updating a function with packageType Zip.",
    );
    expect((await errorOf(fixture.call("UpdateFunctionCode", { FunctionName: "f" }))).message).toBe(
      "Please provide a source for function code.",
    );
  });

  test("configuration members that are not given stay; given ones replace, and empty ones clear", async () => {
    await createActive("f", {
      Environment: { Variables: { a1: "1" } },
      KMSKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k",
      DeadLetterConfig: { TargetArn: "arn:aws:sqs:us-east-1:111122223333:q" },
    });
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 30, LoggingConfig: { LogFormat: "JSON" } });
    await active("f");
    expect(await fixture.call("GetFunctionConfiguration", { FunctionName: "f" })).toMatchObject({
      Timeout: 30,
      MemorySize: 128,
      Environment: { Variables: { a1: "1" } },
      LoggingConfig: { LogFormat: "JSON", ApplicationLogLevel: "INFO", SystemLogLevel: "INFO", LogGroup: "/aws/lambda/f" },
    });
    await fixture.call("UpdateFunctionConfiguration", {
      FunctionName: "f",
      Environment: {},
      KMSKeyArn: "",
      DeadLetterConfig: { TargetArn: "" },
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      LoggingConfig: { LogFormat: "Text" },
    });
    await active("f");
    const cleared = await fixture.call("GetFunctionConfiguration", { FunctionName: "f" });
    expect(cleared).toMatchObject({
      Environment: { Variables: {} },
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [], VpcId: "", Ipv6AllowedForDualStack: false },
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
    });
    expect(cleared["LoggingConfig"]).not.toHaveProperty("ApplicationLogLevel");
    expect(cleared).not.toHaveProperty("KMSKeyArn");
    expect(cleared).not.toHaveProperty("DeadLetterConfig");
  });

  test("a dead-letter queue that can't be is refused, and a possible one is kept without a warning", async () => {
    const wrong = { DeadLetterConfig: { TargetArn: "arn:aws:s3:::bucket" } };
    const refusal = {
      code: "InvalidParameterValueException",
      message: "Invalid dead letter queue ARN: The service specified by the TargetArn is not supported for dead letter configuration.",
    };
    expect(await errorOf(fixture.call("CreateFunction", await creationOf("f", wrong)))).toEqual(refusal);
    const DeadLetterConfig = { TargetArn: "arn:aws:sns:us-east-1:111122223333:t" };
    await createActive("f", { DeadLetterConfig });
    expect(await errorOf(fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", ...wrong }))).toEqual(refusal);
    expect(await fixture.call("GetFunctionConfiguration", { FunctionName: "f" })).toMatchObject({ DeadLetterConfig });
    expect(fixture.logged.filter((line) => line.includes("DeadLetterConfig"))).toEqual([]);
  });

  test("settings that change nothing are named in a warning", async () => {
    await createActive("f", {
      TracingConfig: { Mode: "Active" },
      KMSKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k",
    });
    const warnings = fixture.logged.filter((line) => line.includes("WARN"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('settings="KMSKeyArn, TracingConfig.Mode=Active"');
    expect(warnings[0]).toContain(ARN);
  });

  test.each([
    ["GetFunction", {}, `Function not found: ${ARN}`],
    ["GetFunction", { Qualifier: "$LATEST" }, `Function not found: ${ARN}:$LATEST`],
    ["GetFunctionConfiguration", { Qualifier: "7" }, `Function not found: ${ARN}:7`],
    ["DeleteFunction", { Qualifier: "7" }, `Function not found: ${ARN}`],
    ["DeleteFunction", {}, `Function not found: ${ARN}`],
    ["UpdateFunctionConfiguration", {}, `Function not found: ${ARN}`],
    ["UpdateFunctionCode", { ImageUri: "i" }, `Function not found: ${ARN}`],
  ])("%s of an unknown function with %j is AWS's 404", async (operation, more, message) => {
    expect(await errorOf(fixture.call(operation, { FunctionName: "f", ...more }))).toEqual({ code: "ResourceNotFoundException", message });
  });

  test.each([
    [
      "GetFunction",
      { FunctionName: "f:1", Qualifier: "2" },
      "InvalidParameterValueException",
      "The derived qualifier from the function name does not match the specified qualifier.",
    ],
    ["GetFunction", { FunctionName: "f:live" }, "ResourceNotFoundException", `Function not found: ${ARN}:live`],
    [
      "DeleteFunction",
      { FunctionName: "f", Qualifier: "$LATEST" },
      "InvalidParameterValueException",
      "$LATEST version cannot be deleted without deleting the function.",
    ],
    [
      "DeleteFunction",
      { FunctionName: "f", Qualifier: "live" },
      "InvalidParameterValueException",
      "Deletion of aliases is not currently supported.",
    ],
    [
      "UpdateFunctionConfiguration",
      { FunctionName: "f", Runtime: "" },
      "InvalidParameterValueException",
      expect.stringMatching(/^Value {2}at 'runtime' failed to satisfy constraint: Member must satisfy enum value set/),
    ],
    [
      "UpdateFunctionConfiguration",
      { FunctionName: "f:1", Timeout: 5 },
      "InvalidParameterValueException",
      expect.stringMatching(/^This operation is permitted on Lambda functions only\./),
    ],
  ])("%s of an existing function with %j is refused in AWS's words", async (operation, input, code, message) => {
    await createActive("f");
    expect(await errorOf(fixture.call(operation, input))).toEqual({ code, message });
  });

  test("deleting a version that does not exist succeeds silently and leaves the function", async () => {
    await createActive("f");
    expect(await fixture.call("DeleteFunction", { FunctionName: "f", Qualifier: "7" })).toEqual({ StatusCode: 204 });
    expect((await fixture.call("GetFunction", { FunctionName: "f" }))["Configuration"]["FunctionArn"]).toBe(ARN);
    expect((await fixture.call("GetFunction", { FunctionName: ARN, Qualifier: "$LATEST" }))["Configuration"]["FunctionArn"]).toBe(
      `${ARN}:$LATEST`,
    );
  });

  test("lists show neither states nor runtime versions, page by page", async () => {
    for (const name of ["c", "a", "b"]) await createActive(name);
    const first = await fixture.call("ListFunctions", { MaxItems: 2 });
    expect(first["Functions"].map((item: { FunctionName: string }) => item.FunctionName)).toEqual(["a", "b"]);
    for (const absent of ["State", "LastUpdateStatus", "RuntimeVersionConfig"]) expect(first["Functions"][0]).not.toHaveProperty(absent);
    const second = await fixture.call("ListFunctions", { MaxItems: 2, Marker: first["NextMarker"], FunctionVersion: "ALL" });
    expect(second).toMatchObject({ Functions: [{ FunctionArn: "arn:aws:lambda:us-east-1:111122223333:function:c:$LATEST" }] });
    expect(second).not.toHaveProperty("NextMarker");
    expect((await errorOf(fixture.call("ListFunctions", { Marker: "!" }))).code).toBe("InvalidParameterValueException");
    expect((await fixture.call("ListFunctions", {}, { accountId: "444455556666" }))["Functions"]).toEqual([]);
  });

  test("the code can be downloaded by its link until that expires, and by nobody else", async () => {
    const code = await zipOf("downloadable");
    await createActive("f", { Code: { ZipFile: code } });
    const { Location } = (await fixture.call("GetFunction", { FunctionName: "f" }))["Code"];
    const server = await listen(
      (request, response) =>
        void fixture.plane.downloads(request, response).then((mine) => (mine ? undefined : response.writeHead(418).end())),
    );
    const link = Location.replace("http://127.0.0.1:4566", server.url);
    const answer = await fetch(link);
    expect(answer.headers.get("content-type")).toBe("application/zip");
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(code))).toBe(true);
    expect((await fetch(link, { method: "HEAD" })).headers.get("content-length")).toBe(String(code.length));
    expect((await fetch(link, { method: "POST" })).status).toBe(405);
    expect((await fetch(link.replace(/Signature=../, "Signature=00"))).status).toBe(403);
    expect((await fetch(link.replace(/Expires=\d/, "Expires=9"))).status).toBe(403);
    expect((await fetch(link.split("?")[0]!)).status).toBe(418);
    expect((await fetch(`${server.url}//`)).status).toBe(418);
    fixture.advance(601_000);
    const expired = await fetch(link);
    expect(expired.status).toBe(403);
    expect(await expired.text()).toContain("<Message>Request has expired</Message>");
    const fresh = (await fixture.call("GetFunction", { FunctionName: "f" }))["Code"]["Location"].replace(
      "http://127.0.0.1:4566",
      server.url,
    );
    await rm(join(fixture.directory, "zips"), { recursive: true });
    expect((await fetch(fresh)).status).toBe(404);
    await server.close();
  });

  test("account settings count functions and bytes", async () => {
    await createActive("f");
    const { CodeSize } = await fixture.call("GetFunctionConfiguration", { FunctionName: "f" });
    expect(await fixture.call("GetAccountSettings", {})).toEqual({
      AccountLimit: {
        TotalCodeSize: 80_530_636_800,
        CodeSizeUnzipped: 262_144_000,
        CodeSizeZipped: 52_428_800,
        ConcurrentExecutions: 1_000,
        UnreservedConcurrentExecutions: 1_000,
      },
      AccountUsage: { TotalCodeSize: CodeSize, FunctionCount: 1 },
    });
  });

  test("a full code storage is refused", async () => {
    await fixture.redis.client.hset("lambdock:111122223333:us-east-1:code-storage", "layer:huge:1", "80530636800");
    expect(await errorOf(fixture.call("CreateFunction", await creationOf("f")))).toEqual({
      code: "CodeStorageExceededException",
      message: "Code storage limit exceeded.",
    });
    await fixture.redis.client.hdel("lambdock:111122223333:us-east-1:code-storage", "layer:huge:1");
  });
});

describeWithRedis("code that nobody needs any more", () => {
  test("stays for a quarter of an hour, and is then removed; code in use stays", async () => {
    const fixture = await startControlPlane();
    const shared = await creationOf("a");
    await fixture.call("CreateFunction", shared);
    await fixture.call("CreateFunction", { ...shared, FunctionName: "b" });
    const ready = (FunctionName: string): Promise<void> =>
      until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName }))["LastUpdateStatus"] === "Successful");
    await ready("a");
    await ready("b");
    const shaOf = async (FunctionName: string): Promise<string> =>
      Buffer.from((await fixture.call("GetFunctionConfiguration", { FunctionName }))["CodeSha256"], "base64").toString("hex");
    const first = await shaOf("a");
    await fixture.call("UpdateFunctionCode", { FunctionName: "a", ZipFile: await zipOf("second") });
    await ready("a");
    const second = await shaOf("a");
    await fixture.call("UpdateFunctionCode", { FunctionName: "a", ZipFile: await zipOf("third") });
    await ready("a");
    // The old content is let go after the update has been recorded.
    await until(async () => (await fixture.redis.client.zscore("lambdock:unused-code", second)) !== null);
    fixture.advance(14 * 60_000);
    const sweeper = await fixture.anotherGateway();
    expect(await fixture.codeStore.has(second)).toBe(true);
    fixture.advance(2 * 60_000);
    const later = await fixture.anotherGateway();
    expect(await fixture.codeStore.has(second)).toBe(false);
    expect(await fixture.codeStore.has(first)).toBe(true);
    expect(await fixture.codeStore.has(await shaOf("a"))).toBe(true);
    await Promise.all([sweeper.stop(), later.stop()]);
    await fixture.stop();
  });
});

describeWithRedis("without S3 or without Redis", () => {
  test("an S3 source is refused with what to set", async () => {
    const fixture = await startControlPlane();
    expect(await errorOf(fixture.call("CreateFunction", await creationOf("f", { Code: { S3Bucket: "b", S3Key: "k" } })))).toEqual({
      code: "InvalidParameterValueException",
      message:
        "Lambdock has no S3 to fetch code from: set LAMBDOCK_S3_ENDPOINT to the URL of one, such as http://localhost:9000, or send the code as ZipFile.",
    });
    await fixture.stop();
  });

  test("an S3 that does not answer is named", async () => {
    const gone = await listen((_request, response) => response.end());
    await gone.close();
    const fixture = await startControlPlane({ s3Endpoint: gone.url });
    expect((await errorOf(fixture.call("CreateFunction", await creationOf("f", { Code: { S3Bucket: "b", S3Key: "k" } })))).message).toBe(
      `Lambdock could not reach S3 at ${gone.url} (ECONNREFUSED): check LAMBDOCK_S3_ENDPOINT.`,
    );
    await fixture.stop();
  });

  test("while Redis is away operations are a 500 with the cure, known functions still run, and all works again afterwards", async () => {
    const fixture = await startControlPlane();
    await fixture.call("CreateFunction", await creationOf("f"));
    await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["State"] === "Active");
    await fixture.redis.kill();
    const failure = await errorOf(fixture.call("GetFunction", { FunctionName: "f" }));
    expect(failure.code).toBe("ServiceException");
    expect(failure.message).toMatch(
      /^Redis at redis:\/\/127\.0\.0\.1:\d+ does not answer \(.+\): start it, or set REDIS_URL to one that runs\.$/,
    );
    expect((await errorOf(Promise.resolve().then(() => fixture.plane.directory.resolve(SCOPE, "unknown", undefined)))).code).toBe(
      "ServiceException",
    );
    await fixture.redis.revive();
    await until(async () => (await Promise.resolve(fixture.call("ListFunctions", {})).catch(() => undefined)) !== undefined);
    await fixture.call("CreateFunction", await creationOf("g"));
    await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "g" }))["State"] === "Active");
    await fixture.stop();
  });

  test("an executor that is away for a moment holds a function up, no more", async () => {
    const fixture = await startControlPlane();
    let refusals = 2;
    fixture.executor.answer(() =>
      refusals-- > 0 ? Promise.reject(new Error("connect ECONNREFUSED")) : Promise.resolve({ kind: "ready" }),
    );
    await fixture.call("CreateFunction", await creationOf("f"));
    await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["State"] === "Active");
    expect(fixture.logged.filter((line) => line.includes("held up"))).toHaveLength(1);
    await fixture.stop();
  });
});
