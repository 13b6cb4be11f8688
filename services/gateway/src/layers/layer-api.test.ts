import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createCodeUsage } from "@lambdock/store/code-usage";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import {
  creationOf,
  errorOf,
  SCOPE,
  startControlPlane,
  until,
  zipOf,
  type Answer,
  type ControlPlaneFixture,
} from "../functions/testing/control-plane-fixture.ts";

const LAYER = "arn:aws:lambda:us-east-1:111122223333:layer";

(redisInstalled() ? describe : describe.skip)("the layer API", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
  });
  afterAll(() => fixture.stop());

  const publish = async (LayerName: string, more: object = {}): Promise<Answer> =>
    fixture.call("PublishLayerVersion", {
      LayerName,
      Content: { ZipFile: await zipOf(LayerName, "nodejs/node_modules/l/index.js") },
      ...more,
    });
  const active = (FunctionName: string): Promise<void> =>
    until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName }))["LastUpdateStatus"] === "Successful");

  test("a version is published, read by number and by ARN, listed, and deleted; its number is not used again", async () => {
    const first = await publish("life", {
      Description: "d",
      LicenseInfo: "MIT",
      CompatibleRuntimes: ["nodejs24.x"],
      CompatibleArchitectures: ["x86_64"],
    });
    expect(first).toEqual({
      LayerArn: `${LAYER}:life`,
      LayerVersionArn: `${LAYER}:life:1`,
      Version: 1,
      Description: "d",
      LicenseInfo: "MIT",
      CreatedDate: expect.stringMatching(/\+0000$/),
      CompatibleRuntimes: ["nodejs24.x"],
      CompatibleArchitectures: ["x86_64"],
      Content: { CodeSha256: expect.any(String), CodeSize: expect.any(Number), Location: expect.stringContaining("/_lambdock/code/") },
    });
    await publish("life");
    // The link expires ten minutes after each call, so it may differ from the first.
    const same = { ...first, Content: { ...first["Content"], Location: expect.stringContaining("/_lambdock/code/") } };
    expect(await fixture.call("GetLayerVersion", { LayerName: "life", VersionNumber: 1 })).toEqual(same);
    expect(await fixture.call("GetLayerVersionByArn", { Arn: `${LAYER}:life:1` })).toEqual(same);
    expect(
      (await fixture.call("ListLayerVersions", { LayerName: `${LAYER}:life` }))["LayerVersions"].map(
        (version: { Version: number }) => version.Version,
      ),
    ).toEqual([2, 1]);
    for (const VersionNumber of [1, 2, 2, 9])
      expect(await fixture.call("DeleteLayerVersion", { LayerName: "life", VersionNumber })).toEqual({});
    expect((await fixture.call("ListLayerVersions", { LayerName: "life" }))["LayerVersions"]).toEqual([]);
    expect((await publish("life"))["Version"]).toBe(3);
  });

  test("a zip that is refused costs no number, and what is published is held by its version alone", async () => {
    await publish("steady");
    await errorOf(fixture.call("PublishLayerVersion", { LayerName: "steady", Content: { ZipFile: Buffer.from("no zip") } }));
    const second = await publish("steady");
    expect(second["Version"]).toBe(2);
    const zip = Buffer.from(second["Content"].CodeSha256, "base64").toString("hex");
    const unused = (): Promise<readonly string[]> => createCodeUsage(fixture.redis.client).unused(Number.MAX_SAFE_INTEGER);
    await fixture.call("DeleteLayerVersion", { LayerName: "steady", VersionNumber: 1 });
    expect(await unused()).not.toContain(zip);
    await fixture.call("DeleteLayerVersion", { LayerName: "steady", VersionNumber: 2 });
    expect(await unused()).toContain(zip);
  });

  test("compatibility that was not given is absent, and an empty one is empty", async () => {
    expect(await publish("plain")).not.toHaveProperty("CompatibleRuntimes");
    expect(await publish("plain", { CompatibleRuntimes: [], CompatibleArchitectures: [] })).toMatchObject({
      CompatibleRuntimes: [],
      CompatibleArchitectures: [],
    });
  });

  test("lists show the newest version that matches, and page", async () => {
    await publish("page-a", { CompatibleRuntimes: ["nodejs24.x"] });
    await publish("page-a", { CompatibleRuntimes: ["python3.14"] });
    await publish("page-b", { CompatibleRuntimes: ["nodejs24.x"], CompatibleArchitectures: ["arm64"] });
    const node = await fixture.call("ListLayers", { CompatibleRuntime: "nodejs24.x", MaxItems: 1 });
    expect(node["Layers"]).toMatchObject([{ LayerName: "page-a", LayerArn: `${LAYER}:page-a`, LatestMatchingVersion: { Version: 1 } }]);
    const next = await fixture.call("ListLayers", { CompatibleRuntime: "nodejs24.x", MaxItems: 1, Marker: node["NextMarker"] });
    expect(next["Layers"]).toMatchObject([{ LayerName: "page-b" }]);
    expect((await fixture.call("ListLayers", { CompatibleArchitecture: "arm64" }))["Layers"]).toHaveLength(1);
    const versions = await fixture.call("ListLayerVersions", { LayerName: "page-a", MaxItems: 1 });
    expect(versions["LayerVersions"]).toMatchObject([{ Version: 2 }]);
    expect(await fixture.call("ListLayerVersions", { LayerName: "page-a", MaxItems: 1, Marker: versions["NextMarker"] })).toMatchObject({
      LayerVersions: [{ Version: 1 }],
    });
  });

  test.each([
    ["GetLayerVersion", { LayerName: "none", VersionNumber: 1 }, "ResourceNotFoundException", "The resource you requested does not exist."],
    ["GetLayerVersion", { LayerName: "none", VersionNumber: 0 }, "InvalidParameterValueException", "Layer Version Cannot be less than 1"],
    [
      "DeleteLayerVersion",
      { LayerName: "none", VersionNumber: -1 },
      "InvalidParameterValueException",
      "Layer Version Cannot be less than 1",
    ],
    ["GetLayerVersionByArn", { Arn: `${LAYER}:none:1` }, "ResourceNotFoundException", "The resource you requested does not exist."],
    [
      "GetLayerVersionByArn",
      { Arn: "arn:aws:lambda:::awslayer:AmazonLinux1803" },
      "ResourceNotFoundException",
      "The resource you requested does not exist.",
    ],
    [
      "GetLayerVersionPolicy",
      { LayerName: "none", VersionNumber: 1 },
      "ResourceNotFoundException",
      `Layer version ${LAYER}:none:1 does not exist.`,
    ],
    [
      "PublishLayerVersion",
      { LayerName: "none", Content: {} },
      "InvalidParameterValueException",
      "Please provide a source for layer content: ZipFile, or S3Bucket and S3Key.",
    ],
    [
      "PublishLayerVersion",
      { LayerName: "none", Content: { ZipFile: Buffer.from("no zip") } },
      "InvalidParameterValueException",
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    ],
    [
      "PublishLayerVersion",
      { LayerName: "none", Content: {}, CompatibleRuntimes: ["invalidruntime", "nodejs20.x"], CompatibleArchitectures: ["invalidarch"] },
      "ValidationException",
      expect.stringMatching(
        /^2 validation errors detected: Value '\[invalidruntime, nodejs20\.x\]' at 'compatibleRuntimes' .+; Value '\[invalidarch\]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]$/,
      ),
    ],
  ])("%s with %j is refused in AWS's words", async (operation, input, code, message) => {
    expect(await errorOf(fixture.call(operation, input))).toEqual({ code, message });
  });

  test("functions use layers in their order, and keep a version that is deleted", async () => {
    await publish("use-a");
    await publish("use-b");
    const Layers = [`${LAYER}:use-b:1`, `${LAYER}:use-a:1`];
    const created = await fixture.call("CreateFunction", await creationOf("f", { Layers }));
    expect(created["Layers"]).toEqual(Layers.map((Arn) => ({ Arn, CodeSize: expect.any(Number) })));
    await active("f");
    const shaOf = async (LayerName: string): Promise<string> =>
      Buffer.from((await fixture.call("GetLayerVersion", { LayerName, VersionNumber: 1 }))["Content"]["CodeSha256"], "base64").toString(
        "hex",
      );
    const [a, b] = [await shaOf("use-a"), await shaOf("use-b")];
    expect((await fixture.plane.directory.resolve(SCOPE, "f", undefined)).spec.package).toMatchObject({ layers: [b, a] });
    await fixture.call("DeleteLayerVersion", { LayerName: "use-a", VersionNumber: 1 });
    fixture.advance(3_600_000);
    await (await fixture.anotherGateway()).stop();
    expect(await fixture.codeStore.has(a)).toBe(true);
    expect((await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["Layers"]).toHaveLength(2);
    expect((await errorOf(fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Layers }))).message).toBe(
      `Layer version ${LAYER}:use-a:1 does not exist.`,
    );
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Layers: [] });
    await active("f");
    expect(await fixture.call("GetFunctionConfiguration", { FunctionName: "f" })).not.toHaveProperty("Layers");
    await until(async () => (await fixture.redis.client.zscore("lambdock:unused-code", a)) !== null);
  });

  test.each([
    [
      ["same:1", "same:2"],
      `Two different versions of the same layer are not allowed to be referenced in the same function. ${LAYER}:same:1 and ${LAYER}:same:2 are versions of the same layer.`,
    ],
    [
      ["same:1", "same:1"],
      `Two different versions of the same layer are not allowed to be referenced in the same function. ${LAYER}:same:1 and ${LAYER}:same:1 are versions of the same layer.`,
    ],
    [["none:9"], `Layer version ${LAYER}:none:9 does not exist.`],
  ])("layers %j are refused", async (layers, message) => {
    if ((await fixture.call("ListLayerVersions", { LayerName: "same" }))["LayerVersions"].length === 0)
      for (let n = 0; n < 2; n += 1) await publish("same");
    const input = await creationOf("g", { Layers: layers.map((layer) => `${LAYER}:${layer}`) });
    expect(await errorOf(fixture.call("CreateFunction", input))).toEqual({ code: "InvalidParameterValueException", message });
  });

  test("layers of another region, and of AWS itself, are refused", async () => {
    expect(
      (
        await errorOf(
          fixture.call("CreateFunction", await creationOf("g", { Layers: ["arn:aws:lambda:eu-west-1:111122223333:layer:x:1"] })),
        )
      ).message,
    ).toBe("Layers are not in the same region as the function. Layers are expected to be in region us-east-1.");
    const ofAws = "arn:aws:lambda:::awslayer:AmazonLinux1803";
    expect(await errorOf(fixture.call("CreateFunction", await creationOf("g", { Layers: [ofAws] })))).toEqual({
      code: "InvalidParameterValueException",
      message: `Layer version ${ofAws} does not exist.`,
    });
  });

  test("another account uses a layer only as its policy allows", async () => {
    await publish("shared");
    const stranger = { accountId: "444455556666" };
    const get = (): Promise<Answer> => fixture.call("GetLayerVersionByArn", { Arn: `${LAYER}:shared:1` }, stranger);
    expect(await errorOf(get())).toEqual({
      code: "AccessDeniedException",
      message: `User: arn:aws:iam::444455556666:root is not authorized to perform: lambda:GetLayerVersion on resource: ${LAYER}:shared:1 because no resource-based policy allows the lambda:GetLayerVersion action`,
    });
    const permission = {
      LayerName: "shared",
      VersionNumber: 1,
      StatementId: "s1",
      Action: "lambda:GetLayerVersion",
      Principal: "444455556666",
    };
    const added = await fixture.call("AddLayerVersionPermission", permission);
    expect(JSON.parse(added["Statement"])).toEqual({
      Sid: "s1",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::444455556666:root" },
      Action: "lambda:GetLayerVersion",
      Resource: `${LAYER}:shared:1`,
    });
    expect((await get())["Version"]).toBe(1);
    expect((await errorOf(fixture.call("GetLayerVersionByArn", { Arn: `${LAYER}:shared:1` }, { accountId: "777788889999" }))).code).toBe(
      "AccessDeniedException",
    );
    expect((await errorOf(fixture.call("AddLayerVersionPermission", permission))).message).toBe(
      "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.",
    );
    const stale =
      "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id";
    expect(
      (await errorOf(fixture.call("AddLayerVersionPermission", { ...permission, StatementId: "s2", RevisionId: "old" }))).message,
    ).toBe(stale);
    expect((await errorOf(fixture.call("RemoveLayerVersionPermission", { ...permission, RevisionId: "old" }))).message).toBe(stale);
    expect((await errorOf(fixture.call("RemoveLayerVersionPermission", { ...permission, StatementId: "s9" }))).message).toBe(
      "Statement s9 is not found in resource policy.",
    );
    const policy = await fixture.call("GetLayerVersionPolicy", { LayerName: "shared", VersionNumber: 1 });
    expect(JSON.parse(policy["Policy"])).toMatchObject({ Version: "2012-10-17", Id: "default", Statement: [{ Sid: "s1" }] });
    await fixture.call("RemoveLayerVersionPermission", { ...permission, RevisionId: policy["RevisionId"] });
    expect((await errorOf(fixture.call("GetLayerVersionPolicy", { LayerName: "shared", VersionNumber: 1 }))).message).toBe(
      "No policy is associated with the given resource.",
    );
    expect((await errorOf(get())).code).toBe("AccessDeniedException");
  });

  test("nobody publishes into or deletes from another account", async () => {
    await publish("mine");
    const stranger = { accountId: "444455556666" };
    expect((await errorOf(fixture.call("DeleteLayerVersion", { LayerName: `${LAYER}:mine`, VersionNumber: 1 }, stranger))).code).toBe(
      "AccessDeniedException",
    );
    const input = { LayerName: `${LAYER}:mine`, Content: { ZipFile: await zipOf("x") } };
    expect((await errorOf(fixture.call("PublishLayerVersion", input, stranger))).code).toBe("AccessDeniedException");
  });
});
