import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRecursionConfigStore } from "@lambdock/store/recursion-configs";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import {
  creationOf,
  errorOf,
  SCOPE,
  startControlPlane,
  type Answer,
  type ControlPlaneFixture,
} from "../functions/testing/control-plane-fixture.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";

(redisInstalled() ? describe : describe.skip)("recursion configs", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
    await fixture.call("CreateFunction", await creationOf("f"));
  });
  afterAll(() => fixture.stop());

  const get = (FunctionName = "f"): Promise<Answer> => fixture.call("GetFunctionRecursionConfig", { FunctionName });
  const put = (RecursiveLoop: string, FunctionName = "f"): Promise<Answer> =>
    fixture.call("PutFunctionRecursionConfig", { FunctionName, RecursiveLoop });

  test("are Terminate until a loop is allowed, and again when it is not any more", async () => {
    expect(await get()).toEqual({ RecursiveLoop: "Terminate" });
    expect(await put("Allow", ARN)).toEqual({ RecursiveLoop: "Allow" });
    expect(await get()).toEqual({ RecursiveLoop: "Allow" });
    expect(await put("Terminate")).toEqual({ RecursiveLoop: "Terminate" });
    expect(await get(ARN)).toEqual({ RecursiveLoop: "Terminate" });
  });

  test("outlive an update of the function and go with the function", async () => {
    await put("Allow");
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Description: "new" });
    expect(await get()).toEqual({ RecursiveLoop: "Allow" });
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    await fixture.call("CreateFunction", await creationOf("f"));
    expect(await get()).toEqual({ RecursiveLoop: "Terminate" });
  });

  test("of a function that does not exist are not found, and nothing is stored for it", async () => {
    const missing = {
      code: "ResourceNotFoundException",
      message: "Function not found: arn:aws:lambda:us-east-1:111122223333:function:missing",
    };
    expect(await errorOf(get("missing"))).toEqual(missing);
    expect(await errorOf(put("Allow", "missing"))).toEqual(missing);
    await fixture.call("CreateFunction", await creationOf("missing"));
    expect(await get("missing")).toEqual({ RecursiveLoop: "Terminate" });
  });

  test("are what the data plane reads, also for an unknown function", async () => {
    const store = createRecursionConfigStore(fixture.redis.client);
    await put("Allow");
    expect(await store.get({ ...SCOPE, name: "f" })).toBe("Allow");
    expect(await store.get({ ...SCOPE, name: "unknown" })).toBe("Terminate");
  });
});
