import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { lambdaApi } from "@lambdock/wire/generated/lambda-api";
import { startControlPlane, type ControlPlaneFixture } from "./functions/testing/control-plane-fixture.ts";
import { echo, startEdge, type Edge } from "./http/testing/edge.ts";

/** Whole areas of Lambda that are not there; each of their operations says so by its name. */
const ABSENT = /CapacityProvider|FunctionScalingConfig|CodeSigning|DurableExecution|FunctionUrlConfig/;
/** Served beside the table, by the routes of the data plane. */
const INVOKES = ["Invoke", "InvokeAsync", "InvokeWithResponseStream"];

(redisInstalled() ? describe : describe.skip)("operations of the API model", () => {
  let fixture: ControlPlaneFixture;
  let edge: Edge;
  beforeAll(async () => {
    fixture = await startControlPlane();
    edge = await startEdge(echo, { operations: fixture.plane.operations });
  });
  afterAll(async () => {
    await edge.gateway.stop(1_000);
    await fixture.stop();
  });

  const missing = (): readonly string[] =>
    Object.keys(lambdaApi.operations).filter((name) => !Object.hasOwn(fixture.plane.operations, name) && !INVOKES.includes(name));

  test("are there, but for areas that are absent as a whole", () => {
    expect(missing().filter((name) => !ABSENT.test(name))).toEqual([]);
    expect(missing()).toContain("PutFunctionScalingConfig");
  });

  test("that are absent answer 501 by their name, before they read any input", async () => {
    for (const name of missing()) {
      const { method, uri } = lambdaApi.operations[name]!;
      const path = uri.replaceAll(/\{[^}]+\}/g, "x");
      const response = await fetch(`${edge.gateway.address}${path}`, { method, ...(method === "GET" ? {} : { body: "{}" }) });
      expect([response.status, response.headers.get("x-amzn-errortype"), await response.json()]).toEqual([
        501,
        "NotImplementedException",
        { Type: "User", Message: `Lambdock does not implement ${name} yet.` },
      ]);
    }
  });
});
