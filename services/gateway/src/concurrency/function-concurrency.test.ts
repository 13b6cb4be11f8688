import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import {
  creationOf,
  errorOf,
  startControlPlane,
  until,
  type Answer,
  type ControlPlaneFixture,
} from "../functions/testing/control-plane-fixture.ts";
import { createScriptedExecutor } from "../functions/testing/scripted-executor.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";

(redisInstalled() ? describe : describe.skip)("reserved concurrency", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
  });
  beforeEach(async () => {
    fixture.executor.reachable = true;
    for (const FunctionName of ["f", "g"]) {
      await fixture.call("DeleteFunction", { FunctionName }).catch(() => undefined);
      await fixture.call("CreateFunction", await creationOf(FunctionName));
    }
  });
  afterAll(() => fixture.stop());

  const get = (FunctionName = "f"): Promise<Answer> => fixture.call("GetFunctionConcurrency", { FunctionName });
  const put = (ReservedConcurrentExecutions: number, FunctionName = "f"): Promise<Answer> =>
    fixture.call("PutFunctionConcurrency", { FunctionName, ReservedConcurrentExecutions });
  const remove = (FunctionName = "f"): Promise<Answer> => fixture.call("DeleteFunctionConcurrency", { FunctionName });
  const told = (): Answer | undefined => fixture.executor.reservations.at(-1)?.functions;
  const unreserved = async (): Promise<number> =>
    (await fixture.call("GetAccountSettings", {}))["AccountLimit"].UnreservedConcurrentExecutions as number;

  test("is put, shown and given up, by name and by ARN", async () => {
    expect(await get()).toEqual({});
    expect(await put(5, ARN)).toEqual({ ReservedConcurrentExecutions: 5 });
    expect(await get()).toEqual({ ReservedConcurrentExecutions: 5 });
    expect(await put(0)).toEqual({ ReservedConcurrentExecutions: 0 });
    expect(await get(ARN)).toEqual({ ReservedConcurrentExecutions: 0 });
    expect(await remove()).toEqual({});
    expect(await get()).toEqual({});
    expect(await remove(ARN)).toEqual({});
  });

  test("is shown by GetFunction only when there is one, and taken off the account's unreserved concurrency", async () => {
    expect(await fixture.call("GetFunction", { FunctionName: "f" })).not.toHaveProperty("Concurrency");
    expect(await unreserved()).toBe(1_000);
    await put(0);
    expect((await fixture.call("GetFunction", { FunctionName: "f" }))["Concurrency"]).toEqual({ ReservedConcurrentExecutions: 0 });
    expect(await unreserved()).toBe(1_000);
    await put(250);
    await put(50, "g");
    expect(await unreserved()).toBe(700);
    await remove();
    expect(await unreserved()).toBe(950);
  });

  test("leaves the account at least 100, and says so", async () => {
    const tooMuch = {
      code: "InvalidParameterValueException",
      message:
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    };
    expect(await errorOf(put(901))).toEqual(tooMuch);
    expect(await get()).toEqual({});
    await put(900);
    expect(await errorOf(put(1, "g"))).toEqual(tooMuch);
    expect(await put(0, "g")).toEqual({ ReservedConcurrentExecutions: 0 });
    expect(await put(899)).toEqual({ ReservedConcurrentExecutions: 899 });
    expect(await put(1, "g")).toEqual({ ReservedConcurrentExecutions: 1 });
  });

  test.each(["f:1", "f:$LATEST", `${ARN}:live`])("can't be had for %p, only for the function", async (name) => {
    const refused = {
      code: "InvalidParameterValueException",
      message:
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    };
    for (const call of [put(1, name), get(name), remove(name)]) expect(await errorOf(call)).toEqual(refused);
  });

  test("of a function that does not exist is not found, and nothing is stored for it", async () => {
    const missing = {
      code: "ResourceNotFoundException",
      message: "Function not found: arn:aws:lambda:us-east-1:111122223333:function:missing:$LATEST",
    };
    for (const call of [put(1, "missing"), get("missing"), remove("missing")]) expect(await errorOf(call)).toEqual(missing);
    await fixture.call("CreateFunction", await creationOf("missing"));
    expect(await get("missing")).toEqual({});
    await fixture.call("DeleteFunction", { FunctionName: "missing" });
  });

  test("outlives an update of the function and goes with the function", async () => {
    await put(7);
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Description: "new" });
    expect(await get()).toEqual({ ReservedConcurrentExecutions: 7 });
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    expect(told()).toEqual({});
    await fixture.call("CreateFunction", await creationOf("f"));
    expect([await get(), await unreserved()]).toEqual([{}, 1_000]);
  });

  test("is told to the executor before the caller has the answer, each change as a newer table", async () => {
    await put(7);
    expect(told()).toEqual({ [ARN]: 7 });
    await put(0);
    expect(told()).toEqual({ [ARN]: 0 });
    await remove();
    expect(told()).toEqual({});
    const generations = fixture.executor.reservations.slice(-3).map(({ generation }) => generation);
    expect(generations).toEqual([...new Set(generations)].sort((one, other) => one - other));
  });

  test("is told to an executor that was away, once it is back", async () => {
    fixture.executor.reachable = false;
    expect(await put(3)).toEqual({ ReservedConcurrentExecutions: 3 });
    expect(told()).not.toEqual({ [ARN]: 3 });
    fixture.executor.reachable = true;
    await until(() => told()?.[ARN] === 3);
    expect(fixture.logged.some((line) => line.includes("could not be told the reserved concurrency"))).toBe(true);
  });

  test("is known to a gateway that starts, which tells its executor", async () => {
    await put(4);
    const executor = createScriptedExecutor();
    const other = await fixture.anotherGateway(executor);
    expect(executor.reservations.at(-1)?.functions).toEqual({ [ARN]: 4 });
    await other.stop();
  });
});
