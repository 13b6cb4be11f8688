import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { createGate, createScriptedExecutor } from "./testing/scripted-executor.ts";
import {
  creationOf,
  errorOf,
  SCOPE,
  startControlPlane,
  until,
  zipOf,
  type Answer,
  type ControlPlaneFixture,
} from "./testing/control-plane-fixture.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

(redisInstalled() ? describe : describe.skip)("the life of a function", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
  });
  beforeEach(async () => {
    for (const { FunctionName } of (await fixture.call("ListFunctions", {}))["Functions"])
      await fixture.call("DeleteFunction", { FunctionName });
    fixture.executor.answer(() => Promise.resolve({ kind: "ready" }));
    fixture.executor.prepared.length = 0;
    fixture.executor.retired.length = 0;
    fixture.logged.length = 0;
  });
  afterAll(() => fixture.stop());

  const configuration = (): Promise<Answer> => fixture.call("GetFunctionConfiguration", { FunctionName: "f" });
  const settled = async (): Promise<Answer> => {
    await until(async () => {
      const { State, LastUpdateStatus } = await configuration();
      return State !== "Pending" && LastUpdateStatus !== "InProgress";
    });
    return await configuration();
  };
  const resolve = async (qualifier?: string) => await fixture.plane.directory.resolve(SCOPE, "f", qualifier);

  test("a new function is Pending in AWS's shape, then Active", async () => {
    const gate = createGate();
    fixture.executor.answer(gate.how);
    const created = await fixture.call("CreateFunction", await creationOf("f"));
    expect(created).toEqual({
      FunctionName: "f",
      FunctionArn: ARN,
      Version: "$LATEST",
      RevisionId: expect.stringMatching(UUID),
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      Role: "arn:aws:iam::111122223333:role/r",
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Description: "",
      Timeout: 3,
      MemorySize: 128,
      PackageType: "Zip",
      Architectures: ["x86_64"],
      EphemeralStorage: { Size: 512 },
      TracingConfig: { Mode: "PassThrough" },
      SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
      LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
      RuntimeVersionConfig: { RuntimeVersionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/) },
      CodeSha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      CodeSize: expect.any(Number),
      State: "Pending",
      StateReason: "The function is being created.",
      StateReasonCode: "Creating",
    });
    gate.open();
    const { State, StateReason: _a, StateReasonCode: _b, RevisionId, ...unchanged } = created;
    expect(await settled()).toEqual({
      ...unchanged,
      State: "Active",
      LastUpdateStatus: "Successful",
      RevisionId: expect.not.stringContaining(RevisionId),
    });
    expect(State).toBe("Pending");
  });

  test("while Pending it can be neither invoked nor updated", async () => {
    const gate = createGate();
    fixture.executor.answer(gate.how);
    await fixture.call("CreateFunction", await creationOf("f"));
    const pending = {
      code: "ResourceConflictException",
      message: "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    };
    expect(await errorOf(resolve())).toEqual(pending);
    expect(await errorOf(fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 9 }))).toEqual(pending);
    gate.open();
    await settled();
    expect((await resolve()).executedVersion).toBe("$LATEST");
  });

  test("a function that can't be prepared is Failed with the executor's reason, and can be deleted", async () => {
    fixture.executor.answer(() =>
      Promise.resolve({ kind: "failed", reasonCode: "InvalidRuntime", reason: "The image x is missing: docker pull x." }),
    );
    await fixture.call("CreateFunction", await creationOf("f", { Runtime: "java21", Handler: "x.Y::z" }));
    expect(await settled()).toMatchObject({
      State: "Failed",
      StateReasonCode: "InvalidRuntime",
      StateReason: "The image x is missing: docker pull x.",
    });
    expect((await errorOf(resolve())).message).toBe(
      "The operation cannot be performed at this time. The function is currently in the following state: Failed",
    );
    expect((await errorOf(fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf("x") }))).code).toBe(
      "ResourceConflictException",
    );
    expect(await fixture.call("DeleteFunction", { FunctionName: "f" })).toEqual({ StatusCode: 204 });
  });

  test("an update is InProgress while the old code goes on, then the new code runs at once", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    const before = await settled();
    const old = await resolve();
    const gate = createGate();
    fixture.executor.answer(gate.how);
    const updating = await fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf("new code") });
    expect(updating).toMatchObject({
      State: "Active",
      LastUpdateStatus: "InProgress",
      LastUpdateStatusReason: "The function is being created.",
      LastUpdateStatusReasonCode: "Creating",
    });
    expect(updating["CodeSha256"]).not.toBe(before["CodeSha256"]);
    expect((await resolve()).spec).toEqual(old.spec);
    expect(await errorOf(fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 9 }))).toEqual({
      code: "ResourceConflictException",
      message: `The operation cannot be performed at this time. An update is in progress for resource: ${ARN}`,
    });
    gate.open();
    const after = await settled();
    expect(after).toMatchObject({ LastUpdateStatus: "Successful", CodeSha256: updating["CodeSha256"] });
    expect(after).not.toHaveProperty("LastUpdateStatusReason");
    const now = await resolve();
    expect(now.spec.revision).not.toBe(old.spec.revision);
    await until(() => fixture.executor.retired.some(({ keepRevision }) => keepRevision === now.spec.revision));
    expect(new Set([before["RevisionId"], updating["RevisionId"], after["RevisionId"]]).size).toBe(3);
  });

  test("after a failed update the old code goes on, and a later good update heals it", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    await settled();
    const old = await resolve();
    fixture.executor.answer(() => Promise.resolve({ kind: "failed", reasonCode: "InvalidImage", reason: "no image" }));
    await fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf("broken") });
    expect(await settled()).toMatchObject({
      State: "Active",
      LastUpdateStatus: "Failed",
      LastUpdateStatusReason: "no image",
      LastUpdateStatusReasonCode: "InvalidImage",
    });
    expect((await resolve()).spec).toEqual(old.spec);
    fixture.executor.answer(() => Promise.resolve({ kind: "ready" }));
    await fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf("good") });
    expect(await settled()).toMatchObject({ LastUpdateStatus: "Successful" });
    expect((await resolve()).spec.revision).not.toBe(old.spec.revision);
  });

  test("an invocation right after UpdateFunctionCode gets the old or the new code, never an error", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    await settled();
    const revisions = new Set<string>();
    for (let n = 0; n < 20; n += 1) {
      await fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf(`code ${n}`) });
      revisions.add((await resolve()).spec.revision);
      await settled();
      const sha = (await resolve()).spec.package;
      expect(sha).toMatchObject({ codeSha256: Buffer.from((await configuration())["CodeSha256"], "base64").toString("hex") });
    }
    expect(revisions.size).toBeGreaterThan(1);
  });

  test("of two updates at the same time one wins and the other is told of it", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    await settled();
    const gate = createGate();
    fixture.executor.answer(gate.how);
    const updates = await Promise.allSettled(
      [1, 2, 3].map((Timeout) => fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: Timeout + 10 })),
    );
    expect(updates.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    gate.open();
    await settled();
  });

  test("a description changes no environment, memory does", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    await settled();
    const before = (await resolve()).spec.revision;
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Description: "words" });
    expect(await settled()).toMatchObject({ Description: "words", LastUpdateStatus: "Successful" });
    expect((await resolve()).spec.revision).toBe(before);
    expect(fixture.executor.prepared).toHaveLength(1);
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", MemorySize: 256 });
    await settled();
    expect((await resolve()).spec).toMatchObject({ memorySizeMb: 256 });
    expect((await resolve()).spec.revision).not.toBe(before);
  });

  test("a RevisionId precondition is honoured by both updates", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    const { RevisionId } = await settled();
    const stale = {
      code: "PreconditionFailedException",
      message:
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    };
    expect(await errorOf(fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 9, RevisionId: "old" }))).toEqual(stale);
    expect(await errorOf(fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf("x"), RevisionId: "old" }))).toEqual(
      stale,
    );
    expect(await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 9, RevisionId })).toMatchObject({ Timeout: 9 });
    await settled();
  });

  test("DryRun checks everything and changes nothing", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    const before = await settled();
    const rehearsed = await fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: await zipOf("other"), DryRun: true });
    expect(rehearsed["CodeSha256"]).not.toBe(before["CodeSha256"]);
    expect(rehearsed["RevisionId"]).toBe(before["RevisionId"]);
    expect(await configuration()).toEqual(before);
    expect(
      (await errorOf(fixture.call("UpdateFunctionCode", { FunctionName: "f", ZipFile: Buffer.from("no zip"), DryRun: true }))).message,
    ).toBe("Could not unzip uploaded file. Please check your file, then try to upload again.");
  });

  test("deleting retires the environments, and the name is free again", async () => {
    await fixture.call("CreateFunction", await creationOf("f", { Tags: { a: "1" } }));
    await settled();
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    expect(fixture.executor.retired.at(-1)).toEqual({ functionArn: ARN, version: "$LATEST", keepRevision: undefined });
    expect(await errorOf(resolve())).toEqual({ code: "ResourceNotFoundException", message: `Function not found: ${ARN}:$LATEST` });
    await fixture.call("CreateFunction", await creationOf("f"));
    await settled();
    expect(await fixture.call("GetFunction", { FunctionName: "f" })).not.toHaveProperty("Tags");
  });

  test("a function deleted while it is prepared leaves nothing behind", async () => {
    const gate = createGate();
    fixture.executor.answer(gate.how);
    await fixture.call("CreateFunction", await creationOf("f"));
    await until(() => fixture.executor.prepared.length === 1);
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    fixture.executor.retired.length = 0;
    gate.open();
    await until(() => fixture.executor.retired.length > 0);
    expect(fixture.executor.retired[0]).toEqual({ functionArn: ARN, version: "$LATEST", keepRevision: undefined });
    expect((await errorOf(configuration())).code).toBe("ResourceNotFoundException");
  });

  test("what a gateway left unfinished is taken up by the next one", async () => {
    fixture.executor.answer(() => new Promise(() => undefined));
    await fixture.call("CreateFunction", await creationOf("f"));
    await fixture.plane.stop();
    const next = await fixture.anotherGateway();
    fixture.plane = next.plane;
    expect(await settled()).toMatchObject({ State: "Active", LastUpdateStatus: "Successful" });
  });

  test("other gateways see a change without being asked", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    await settled();
    const other = await fixture.anotherGateway(createScriptedExecutor());
    const before = await other.plane.directory.resolve(SCOPE, "f", undefined);
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 77 });
    await settled();
    await until(async () => (await other.plane.directory.resolve(SCOPE, "f", undefined)).spec.timeoutMs === 77_000);
    expect(before.spec.timeoutMs).toBe(3_000);
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    await until(async () => {
      const outcome = await Promise.resolve(other.plane.directory.resolve(SCOPE, "f", undefined)).catch(
        (error: { code: string }) => error.code,
      );
      return outcome === "ResourceNotFoundException";
    });
    await other.stop();
  });

  test("a warm resolution needs no waiting, and says how the caller addressed the function", async () => {
    await fixture.call("CreateFunction", await creationOf("f"));
    await settled();
    await resolve();
    expect(fixture.plane.directory.resolve(SCOPE, "f", undefined)).toMatchObject({ invokedFunctionArn: ARN, executedVersion: "$LATEST" });
    expect(fixture.plane.directory.resolve(SCOPE, ARN, "$LATEST")).toMatchObject({ invokedFunctionArn: `${ARN}:$LATEST` });
    expect(fixture.plane.directory.resolve(SCOPE, "f:$LATEST", undefined)).toMatchObject({ invokedFunctionArn: `${ARN}:$LATEST` });
  });
});
