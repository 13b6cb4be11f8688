import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { creationOf, startControlPlane, until, type ControlPlaneFixture } from "../functions/testing/control-plane-fixture.ts";
import { echo, startEdge, type Edge } from "../http/testing/edge.ts";

(redisInstalled() ? describe : describe.skip)("concurrency settings on the wire", () => {
  let fixture: ControlPlaneFixture;
  let edge: Edge;
  beforeAll(async () => {
    fixture = await startControlPlane();
    edge = await startEdge(echo, { operations: fixture.plane.operations });
    await fixture.call("CreateFunction", await creationOf("f"));
    await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["State"] === "Active");
    await fixture.call("PublishVersion", { FunctionName: "f" });
  });
  afterAll(async () => {
    await edge.gateway.stop(1_000);
    await fixture.stop();
  });

  const send = async (method: string, path: string, body?: object): Promise<readonly unknown[]> => {
    const response = await fetch(`${edge.gateway.address}${path}`, {
      method,
      headers: {
        authorization: "AWS4-HMAC-SHA256 Credential=111122223333/20261122/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return [response.status, text === "" ? "" : (JSON.parse(text) as unknown)];
  };
  const PROVISIONED = "/2019-09-30/functions/f/provisioned-concurrency";
  const put = (count: number): Promise<readonly unknown[]> =>
    send("PUT", `${PROVISIONED}?Qualifier=1`, { ProvisionedConcurrentExecutions: count });

  test("provisioned concurrency is put with 202, read with 200, listed under the same path, and deleted with 204", async () => {
    const config = {
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 0,
      AllocatedProvisionedConcurrentExecutions: 0,
      Status: "IN_PROGRESS",
      LastModified: expect.any(String),
    };
    expect(await put(2)).toEqual([202, config]);
    expect(await send("GET", `${PROVISIONED}?Qualifier=1`)).toEqual([200, config]);
    const listed = { FunctionArn: "arn:aws:lambda:us-east-1:111122223333:function:f:1", ...config };
    expect(await send("GET", `${PROVISIONED}?List=ALL`)).toEqual([200, { ProvisionedConcurrencyConfigs: [listed] }]);
    expect(await send("DELETE", `${PROVISIONED}?Qualifier=1`)).toEqual([204, ""]);
  });

  test("a limit is refused without the member Type, everything else with it", async () => {
    expect(await put(1_001)).toEqual([
      400,
      { message: "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000]." },
    ]);
    const latest = await send("PUT", `${PROVISIONED}?Qualifier=%24LATEST`, { ProvisionedConcurrentExecutions: 1 });
    expect(latest).toEqual([
      400,
      { Type: "User", message: "Provisioned Concurrency Configs cannot be applied to unpublished function versions." },
    ]);
    expect(await send("GET", `${PROVISIONED}?Qualifier=1`)).toEqual([
      404,
      { Type: "User", message: "No Provisioned Concurrency Config found for this function" },
    ]);
    const reserved = { ReservedConcurrentExecutions: 901 };
    expect(await send("PUT", "/2017-10-31/functions/f/concurrency", reserved)).toEqual([
      400,
      {
        message:
          "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      },
    ]);
  });

  test("what the model forbids is refused before anything is looked up", async () => {
    expect(await put(0)).toEqual([
      400,
      {
        message:
          "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
      },
    ]);
    expect(await send("GET", `${PROVISIONED}?List=ALL&MaxItems=51`)).toEqual([
      400,
      {
        message:
          "1 validation error detected: Value '51' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 50",
      },
    ]);
  });
});
