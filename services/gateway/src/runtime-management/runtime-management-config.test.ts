import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import {
  creationOf,
  errorOf,
  startControlPlane,
  until,
  type Answer,
  type ControlPlaneFixture,
} from "../functions/testing/control-plane-fixture.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const RUNTIME = "arn:aws:lambda:us-east-1::runtime:0123456789abcdef";

(redisInstalled() ? describe : describe.skip)("runtime management", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
    fixture.executor.answer(async () => ({ kind: "ready", runtimeVersionArn: RUNTIME }));
    await fixture.call("CreateFunction", await creationOf("f"));
    await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["State"] === "Active");
    await fixture.call("PublishVersion", { FunctionName: "f" });
  });
  afterAll(() => fixture.stop());

  const get = (Qualifier?: string): Promise<Answer> =>
    fixture.call("GetRuntimeManagementConfig", { FunctionName: "f", ...(Qualifier === undefined ? {} : { Qualifier }) });
  const put = (config: object, Qualifier?: string): Promise<Answer> =>
    fixture.call("PutRuntimeManagementConfig", { FunctionName: "f", ...config, ...(Qualifier === undefined ? {} : { Qualifier }) });

  test("is Auto until something else is put, for each version by itself", async () => {
    expect(await get()).toEqual({ UpdateRuntimeOn: "Auto", FunctionArn: ARN });
    expect(await put({ UpdateRuntimeOn: "FunctionUpdate" })).toEqual({ UpdateRuntimeOn: "FunctionUpdate", FunctionArn: ARN });
    expect(await get("$LATEST")).toEqual({ UpdateRuntimeOn: "FunctionUpdate", FunctionArn: `${ARN}:$LATEST` });
    expect(await get("1")).toEqual({ UpdateRuntimeOn: "Auto", FunctionArn: `${ARN}:1` });
    const manual = { UpdateRuntimeOn: "Manual", RuntimeVersionArn: RUNTIME };
    expect(await put(manual, "1")).toEqual({ ...manual, FunctionArn: `${ARN}:1` });
    expect(await get("1")).toEqual({ ...manual, FunctionArn: `${ARN}:1` });
    await put({ UpdateRuntimeOn: "Auto" });
    expect(await get()).toEqual({ UpdateRuntimeOn: "Auto", FunctionArn: ARN });
  });

  test("goes with its function", async () => {
    await fixture.call("CreateFunction", await creationOf("g"));
    await fixture.call("PutRuntimeManagementConfig", { FunctionName: "g", UpdateRuntimeOn: "FunctionUpdate" });
    await fixture.call("DeleteFunction", { FunctionName: "g" });
    await fixture.call("CreateFunction", await creationOf("g"));
    expect(await fixture.call("GetRuntimeManagementConfig", { FunctionName: "g" })).toMatchObject({ UpdateRuntimeOn: "Auto" });
  });

  test("takes Manual only for the runtime version that there is, and an ARN only with Manual", async () => {
    const refused = async (config: object): Promise<unknown> => (await errorOf(put(config))).message;
    expect(await refused({ UpdateRuntimeOn: "Manual" })).toBe("UpdateRuntimeOn Manual needs a RuntimeVersionArn.");
    expect(await refused({ UpdateRuntimeOn: "Auto", RuntimeVersionArn: RUNTIME })).toMatch(
      /^RuntimeVersionArn is only for UpdateRuntimeOn Manual/,
    );
    expect(await refused({ UpdateRuntimeOn: "Manual", RuntimeVersionArn: `${RUNTIME}0` })).toMatch(
      /^Lambdock has one version of each runtime: this/,
    );
  });

  test("of what does not exist is not found, and aliases have none", async () => {
    expect(await errorOf(get("7"))).toEqual({ code: "ResourceNotFoundException", message: `Function not found: ${ARN}:7` });
    expect(await errorOf(fixture.call("GetRuntimeManagementConfig", { FunctionName: "missing" }))).toMatchObject({
      code: "ResourceNotFoundException",
    });
    expect(await errorOf(get("live"))).toMatchObject({ code: "InvalidParameterValueException" });
  });
});
