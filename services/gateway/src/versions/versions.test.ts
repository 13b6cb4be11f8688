import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { createGate } from "../functions/testing/scripted-executor.ts";
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

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";

(redisInstalled() ? describe : describe.skip)("published versions", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
  });
  beforeEach(async () => {
    for (const { FunctionName } of (await fixture.call("ListFunctions", {}))["Functions"])
      await fixture.call("DeleteFunction", { FunctionName });
    fixture.executor.answer(() => Promise.resolve({ kind: "ready" }));
    await create();
    fixture.executor.prepared.length = 0;
    fixture.executor.retired.length = 0;
  });
  afterAll(() => fixture.stop());

  const configuration = (Qualifier?: string): Promise<Answer> =>
    fixture.call("GetFunctionConfiguration", { FunctionName: "f", ...(Qualifier === undefined ? {} : { Qualifier }) });
  const settled = async (Qualifier?: string): Promise<Answer> => {
    await until(async () => {
      const { State, LastUpdateStatus } = await configuration(Qualifier);
      return State !== "Pending" && LastUpdateStatus !== "InProgress";
    });
    return await configuration(Qualifier);
  };
  const create = async (changes: object = {}): Promise<Answer> => {
    await fixture.call("CreateFunction", await creationOf("f", changes));
    return await settled();
  };
  const recode = async (text: string, changes: object = {}): Promise<Answer> =>
    await fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf(text), ...changes });
  const publish = (changes: object = {}): Promise<Answer> => fixture.call("PublishVersion", { FunctionName: "f", ...changes });
  const versions = async (changes: object = {}): Promise<Answer> =>
    await fixture.call("ListVersionsByFunction", { FunctionName: "f", ...changes });
  const numbers = async (): Promise<readonly string[]> => (await versions())["Versions"].map(({ Version }: Answer) => Version as string);
  const resolve = async (qualifier?: string) => await fixture.plane.directory.resolve(SCOPE, "f", qualifier);
  const usedBytes = async (): Promise<number> => (await fixture.call("GetAccountSettings", {}))["AccountUsage"].TotalCodeSize as number;

  test("a version is a snapshot of code and configuration, Active at once, and the function has a new revision", async () => {
    const before = await configuration();
    const version = await publish({ Description: "first" });
    expect(version).toEqual({
      ...before,
      FunctionArn: `${ARN}:1`,
      Version: "1",
      Description: "first",
      RevisionId: expect.any(String),
    });
    expect(await configuration("1")).toEqual(version);
    const after = await configuration();
    expect(after).toEqual({ ...before, RevisionId: expect.any(String) });
    expect(new Set([before["RevisionId"], version["RevisionId"], after["RevisionId"]]).size).toBe(3);
  });

  test("publishing again what has not changed answers the same version, whatever description it is given", async () => {
    const version = await publish({ Description: "first" });
    expect(await publish({ Description: "second" })).toEqual(version);
    await fixture.call("TagResource", { Resource: ARN, Tags: { a: "1" } });
    await fixture.call("PutFunctionConcurrency", { FunctionName: "f", ReservedConcurrentExecutions: 5 });
    expect(await publish()).toEqual(version);
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Environment: { Variables: { A: "1", B: "2" } } });
    await settled();
    expect((await publish())["Version"]).toBe("2");
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Environment: { Variables: { B: "2", A: "1" } } });
    await settled();
    expect((await publish())["Version"]).toBe("2");
    await recode("other");
    await settled();
    expect((await publish())["Version"]).toBe("3");
    expect(await numbers()).toEqual(["$LATEST", "1", "2", "3"]);
  });

  test("many publications at the same time are one version", async () => {
    const published = await Promise.all(Array.from({ length: 10 }, () => publish()));
    expect(new Set(published.map(({ Version }) => Version as string))).toEqual(new Set(["1"]));
    expect(await numbers()).toEqual(["$LATEST", "1"]);
  });

  test("a version goes on as it was published while the function changes", async () => {
    await publish();
    const first = await configuration("1");
    const old = await resolve("1");
    await recode("new code");
    await settled();
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 77, Role: "arn:aws:iam::111122223333:role/other" });
    await settled();
    expect(await configuration("1")).toEqual(first);
    expect(await resolve("1")).toEqual(old);
    expect(old).toMatchObject({ executedVersion: "1", invokedFunctionArn: `${ARN}:1`, spec: { version: "1", timeoutMs: 3_000 } });
    expect((await resolve()).spec).toMatchObject({ version: "$LATEST", timeoutMs: 77_000 });
    const { Location } = (await fixture.call("GetFunction", { FunctionName: "f", Qualifier: "1" }))["Code"];
    expect(Location).toContain(Buffer.from(first["CodeSha256"] as string, "base64").toString("hex"));
  });

  test("guards: the code's hash and the revision", async () => {
    const { CodeSha256, RevisionId } = await configuration();
    expect(await errorOf(publish({ CodeSha256: "x" }))).toEqual({
      code: "InvalidParameterValueException",
      message: `CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    });
    expect(await errorOf(publish({ RevisionId: "x" }))).toEqual({
      code: "PreconditionFailedException",
      message:
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    });
    expect(await publish({ CodeSha256, RevisionId })).toMatchObject({ Version: "1" });
  });

  test("nothing is published during an update, of a function that is Pending, or that does not exist", async () => {
    const gate = createGate();
    fixture.executor.answer(gate.how);
    await recode("new");
    expect(await errorOf(publish())).toEqual({
      code: "ResourceConflictException",
      message: `The operation cannot be performed at this time. An update is in progress for resource: ${ARN}`,
    });
    await fixture.call("CreateFunction", await creationOf("pending"));
    expect((await errorOf(fixture.call("PublishVersion", { FunctionName: "pending" }))).message).toBe(
      "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    );
    gate.open();
    await settled();
    expect(await errorOf(fixture.call("PublishVersion", { FunctionName: "none" }))).toEqual({
      code: "ResourceNotFoundException",
      message: "Function not found: arn:aws:lambda:us-east-1:111122223333:function:none",
    });
  });

  test("numbers grow, are not given twice, and begin anew with a new function", async () => {
    await publish();
    await recode("two");
    await settled();
    await publish();
    await fixture.call("DeleteFunction", { FunctionName: "f", Qualifier: "2" });
    expect(await numbers()).toEqual(["$LATEST", "1"]);
    expect((await publish())["Version"]).toBe("3");
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    await create();
    expect(await numbers()).toEqual(["$LATEST"]);
    expect((await publish())["Version"]).toBe("1");
  });

  test("versions are listed in pages, $LATEST first, by number, without states", async () => {
    for (let n = 1; n <= 11; n += 1) {
      await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Description: `d${n}` });
      await settled();
      await publish();
    }
    expect(await numbers()).toEqual(["$LATEST", ...Array.from({ length: 11 }, (_, n) => String(n + 1))]);
    const [latest, first] = (await versions())["Versions"];
    expect(latest).toMatchObject({ FunctionArn: `${ARN}:$LATEST`, Description: "d11" });
    expect(first).toMatchObject({ FunctionArn: `${ARN}:1`, Version: "1", Description: "d1" });
    for (const absent of ["State", "LastUpdateStatus", "RuntimeVersionConfig"]) expect(first).not.toHaveProperty(absent);
    const pages: string[][] = [];
    for (let Marker: string | undefined; pages.length === 0 || Marker !== undefined;) {
      const page = await versions({ MaxItems: 5, ...(Marker === undefined ? {} : { Marker }) });
      pages.push(page["Versions"].map(({ Version }: Answer) => Version as string));
      Marker = page["NextMarker"] as string | undefined;
    }
    expect(pages.map(({ length }) => length)).toEqual([5, 5, 2]);
    expect(pages.flat()).toEqual(await numbers());
    const one = await versions({ MaxItems: 1 });
    expect(one["Versions"]).toHaveLength(1);
    expect(one["NextMarker"]).toBeDefined();
  });

  test("ListFunctions shows each version with ALL, page by page", async () => {
    await publish();
    await recode("two");
    await settled();
    await publish();
    for (const name of ["e", "g"]) await fixture.call("CreateFunction", await creationOf(name));
    const listed: string[] = [];
    let pages = 0;
    for (let Marker: string | undefined; pages === 0 || Marker !== undefined; pages += 1) {
      const page = await fixture.call("ListFunctions", {
        FunctionVersion: "ALL",
        MaxItems: 2,
        ...(Marker === undefined ? {} : { Marker }),
      });
      listed.push(...page["Functions"].map(({ FunctionArn }: Answer) => (FunctionArn as string).split("function:")[1]!));
      Marker = page["NextMarker"] as string | undefined;
    }
    expect([listed, pages]).toEqual([["e:$LATEST", "f:$LATEST", "f:1", "f:2", "g:$LATEST"], 3]);
    expect((await fixture.call("ListFunctions", {}))["Functions"]).toHaveLength(3);
  });

  test("an unknown version is not found, and reserved concurrency is shown with the function only", async () => {
    await publish();
    await fixture.call("PutFunctionConcurrency", { FunctionName: "f", ReservedConcurrentExecutions: 5 });
    for (const operation of ["GetFunction", "GetFunctionConfiguration"])
      expect(await errorOf(fixture.call(operation, { FunctionName: "f", Qualifier: "2" }))).toEqual({
        code: "ResourceNotFoundException",
        message: `Function not found: ${ARN}:2`,
      });
    expect(await fixture.call("GetFunction", { FunctionName: "f" })).toHaveProperty("Concurrency");
    for (const Qualifier of ["1", "$LATEST"])
      expect(await fixture.call("GetFunction", { FunctionName: "f", Qualifier })).not.toHaveProperty("Concurrency");
    for (const call of [
      fixture.call("PutFunctionConcurrency", { FunctionName: "f:1", ReservedConcurrentExecutions: 5 }),
      fixture.call("TagResource", { Resource: `${ARN}:1`, Tags: { a: "1" } }),
    ])
      expect((await errorOf(call)).code).toBe("InvalidParameterValueException");
  });

  test("deleting a version ends its environments, leaves the others and frees its storage", async () => {
    const bytes = await usedBytes();
    await publish();
    await recode("a second version of the code");
    await settled();
    await publish();
    const { CodeSize } = await configuration("2");
    const size = (await configuration("1"))["CodeSize"] as number;
    expect(await usedBytes()).toBe(bytes - size + 2 * (CodeSize as number) + size);
    fixture.executor.retired.length = 0;
    expect(await fixture.call("DeleteFunction", { FunctionName: "f:1" })).toEqual({ StatusCode: 204 });
    expect(fixture.executor.retired).toEqual([{ functionArn: ARN, version: "1", keepRevision: undefined }]);
    expect(await usedBytes()).toBe(2 * (CodeSize as number));
    expect((await errorOf(resolve("1"))).message).toBe(`Function not found: ${ARN}:1`);
    expect((await resolve("2")).executedVersion).toBe("2");
    expect(await fixture.call("DeleteFunction", { FunctionName: "f", Qualifier: "1" })).toEqual({ StatusCode: 204 });
    expect(await numbers()).toEqual(["$LATEST", "2"]);
  });

  test("code of a version stays as long as the version, however old", async () => {
    await publish();
    const first = Buffer.from((await configuration("1"))["CodeSha256"] as string, "base64").toString("hex");
    await recode("newer");
    await settled();
    const sweep = async (): Promise<void> => {
      fixture.advance(60 * 60_000);
      await (await fixture.anotherGateway()).stop();
    };
    await sweep();
    expect(await fixture.codeStore.has(first)).toBe(true);
    await fixture.call("DeleteFunction", { FunctionName: "f", Qualifier: "1" });
    expect(await fixture.codeStore.has(first)).toBe(true);
    await sweep();
    expect(await fixture.codeStore.has(first)).toBe(false);
  });

  test("deleting the function takes its versions along", async () => {
    await publish();
    await recode("two");
    await settled();
    await publish();
    fixture.executor.retired.length = 0;
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    expect(fixture.executor.retired.map(({ version }) => version).sort()).toEqual(["$LATEST", "1", "2"]);
    expect((await errorOf(resolve("1"))).message).toBe(`Function not found: ${ARN}:1`);
    expect(await usedBytes()).toBe(0);
    await create();
    expect((await errorOf(configuration("1"))).message).toBe(`Function not found: ${ARN}:1`);
  });

  test("a function can be created as version 1, Pending until it is prepared", async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    const gate = createGate();
    fixture.executor.answer(gate.how);
    const created = await fixture.call("CreateFunction", await creationOf("f", { Publish: true }));
    expect(created).toMatchObject({ FunctionArn: ARN, Version: "1", State: "Pending", StateReasonCode: "Creating" });
    expect(created).not.toHaveProperty("LastUpdateStatus");
    expect((await errorOf(resolve("1"))).code).toBe("ResourceConflictException");
    gate.open();
    expect(await settled("1")).toMatchObject({ State: "Active", LastUpdateStatus: "Successful" });
    await settled();
    expect((await resolve("1")).executedVersion).toBe("1");
    expect((await publish())["Version"]).toBe("1");
  });

  test("new code can be published with the update, unless it is no news", async () => {
    const published = await recode("new", { Publish: true });
    expect(published).toMatchObject({ FunctionArn: `${ARN}:1`, Version: "1" });
    expect(await settled("1")).toMatchObject({ State: "Active", CodeSha256: published["CodeSha256"] });
    expect(await settled()).toMatchObject({ LastUpdateStatus: "Successful", CodeSha256: published["CodeSha256"] });
    expect(await recode("new", { Publish: true })).toMatchObject({ Version: "1" });
    await settled();
    expect(await recode("newer", { Publish: true })).toMatchObject({ Version: "2" });
    await settled();
    expect(await numbers()).toEqual(["$LATEST", "1", "2"]);
  });

  test("a version whose code can't be prepared is Failed with the executor's reason", async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    fixture.executor.answer(() => Promise.resolve({ kind: "failed", reasonCode: "InvalidRuntime", reason: "no image" }));
    await fixture.call("CreateFunction", await creationOf("f", { Publish: true }));
    expect(await settled("1")).toMatchObject({ State: "Failed", StateReasonCode: "InvalidRuntime", StateReason: "no image" });
    expect((await errorOf(resolve("1"))).message).toContain("state: Failed");
  });

  test("with SnapStart a version is optimized before it is Active, and runs restored", async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    await create({ Runtime: "python3.13", SnapStart: { ApplyOn: "PublishedVersions" } });
    expect((await configuration())["SnapStart"]).toEqual({ ApplyOn: "PublishedVersions", OptimizationStatus: "Off" });
    expect((await resolve()).spec).not.toHaveProperty("snapStart");
    const gate = createGate();
    fixture.executor.answer(gate.how);
    expect(await publish()).toMatchObject({
      Version: "1",
      State: "Pending",
      SnapStart: { ApplyOn: "PublishedVersions", OptimizationStatus: "On" },
    });
    expect((await errorOf(resolve("1"))).code).toBe("SnapStartNotReadyException");
    gate.open();
    expect(await settled("1")).toMatchObject({ State: "Active", SnapStart: { OptimizationStatus: "On" } });
    expect((await resolve("1")).spec).toMatchObject({ version: "1", snapStart: true });
    expect(fixture.executor.prepared.at(-1)).toMatchObject({ version: "1", snapStart: true });
    expect(await errorOf(fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Runtime: "nodejs24.x" }))).toEqual({
      code: "InvalidParameterValueException",
      message: "nodejs24.x is not supported for SnapStart enabled functions.",
    });
  });

  test("a version is made ready for its first invocation when it is published, and an executor that is away delays nothing", async () => {
    await publish();
    expect(fixture.executor.prepared.map(({ version }) => version)).toEqual(["1"]);
    await recode("two");
    await settled();
    fixture.executor.answer(() => Promise.reject(new Error("away")));
    expect(await publish()).toMatchObject({ Version: "2", State: "Active" });
  });

  test("a Pending version that a gateway left behind is taken up by the next one", async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    fixture.executor.answer(() => new Promise(() => undefined));
    await fixture.call("CreateFunction", await creationOf("f", { Publish: true }));
    await fixture.plane.stop();
    const next = await fixture.anotherGateway();
    fixture.plane = next.plane;
    fixture.executor = next.executor;
    expect(await settled("1")).toMatchObject({ State: "Active" });
  });

  test("a version of an image runs the digest that it was published with", async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    const gate = createGate();
    fixture.executor.answer(gate.how);
    const image = { PackageType: "Image", Code: { ImageUri: "repo/image:tag" }, Runtime: undefined, Handler: undefined, Publish: true };
    await fixture.call("CreateFunction", await creationOf("f", image));
    gate.open({ kind: "ready", resolvedImageUri: "repo/image@sha256:abc" });
    await settled();
    await settled("1");
    const { spec } = await resolve("1");
    expect(spec.package).toMatchObject({ imageUri: "repo/image@sha256:abc" });
    expect((await resolve()).spec.package).toMatchObject({ imageUri: "repo/image:tag" });
    await until(() => fixture.executor.retired.some(({ keepRevision }) => keepRevision === spec.revision));
    expect(fixture.executor.prepared.at(-1)).toEqual(spec);
    expect((await publish())["Version"]).toBe("1");
    const push = async (digest: string): Promise<string> => {
      fixture.executor.answer(() => Promise.resolve({ kind: "ready", resolvedImageUri: `repo/image@sha256:${digest}` }));
      await fixture.call("UpdateFunctionCode", { FunctionName: "f", ImageUri: "repo/image:tag" });
      await settled();
      return (await publish())["Version"] as string;
    };
    expect([await push("abc"), await push("def")]).toEqual(["1", "2"]);
  });

  test("another gateway knows at once of a version that is deleted", async () => {
    await publish();
    const other = await fixture.anotherGateway();
    expect((await other.plane.directory.resolve(SCOPE, "f", "1")).executedVersion).toBe("1");
    await fixture.call("DeleteFunction", { FunctionName: "f", Qualifier: "1" });
    await until(async () => {
      const outcome = await Promise.resolve(other.plane.directory.resolve(SCOPE, "f", "1")).catch((error: { code: string }) => error.code);
      return outcome === "ResourceNotFoundException";
    });
    await other.stop();
  });
});
