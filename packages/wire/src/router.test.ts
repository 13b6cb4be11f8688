import { expect, test } from "@jest/globals";
import { lambdaApi } from "./generated/lambda-api.ts";
import { parseQuery } from "./query.ts";
import { createRouter } from "./router.ts";

const route = createRouter(lambdaApi);
const find = (method: string, url: string) => {
  const [path = "", query = ""] = url.split("?");
  return route(method, path, parseQuery(query));
};

test.each([
  ["POST", "/2015-03-31/functions", "CreateFunction", {}],
  ["GET", "/2015-03-31/functions/", "ListFunctions", {}],
  ["GET", "/2015-03-31/functions/hello", "GetFunction", { FunctionName: "hello" }],
  ["POST", "/2015-03-31/functions/hello/invocations", "Invoke", { FunctionName: "hello" }],
  [
    "GET",
    "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Ahello",
    "ListTags",
    { Resource: "arn:aws:lambda:us-east-1:000000000000:function:hello" },
  ],
  ["GET", "/2018-10-31/layers?find=LayerVersion&Arn=x", "GetLayerVersionByArn", {}],
  ["GET", "/2018-10-31/layers?MaxItems=2", "ListLayers", {}],
  ["GET", "/2018-10-31/layers/deps/versions/3", "GetLayerVersion", { LayerName: "deps", VersionNumber: "3" }],
  ["GET", "/2019-09-25/functions/f/event-invoke-config/list", "ListFunctionEventInvokeConfigs", { FunctionName: "f" }],
  ["GET", "/2025-12-01/durable-executions/a%2Fb%2Fc", "GetDurableExecution", { DurableExecutionArn: "a/b/c" }],
])("%s %s is %s", (method, url, operation, labels) => {
  expect(find(method, url)).toEqual({ operation, labels });
});

test.each([
  ["GET", "/"],
  ["PATCH", "/2015-03-31/functions/hello"],
  ["GET", "/2015-03-31/functions/a/b/c"],
  ["POST", "/2015-03-31/functions//invocations"],
  ["GET", "/2014-01-01/functions"],
])("%s %s is nothing that Lambda knows", (method, url) => {
  expect(find(method, url)).toBeUndefined();
});

test("every operation of the model is reached by its own template", () => {
  for (const [operation, { method, uri }] of Object.entries(lambdaApi.operations)) {
    expect(find(method, uri.replaceAll(/\{\w+\}/g, "x"))?.operation).toBe(operation);
  }
});

test("a greedy label takes what the segments after it leave", () => {
  const greedy = createRouter({ ...lambdaApi, operations: { Get: { method: "GET", uri: "/things/{Path+}/end", status: 200 } } });
  expect(greedy("GET", "/things/a/b%20c/end", new Map())?.labels).toEqual({ Path: "a/b c" });
  expect(greedy("GET", "/things/end", new Map())).toBeUndefined();
});

test("a percent sign that encodes nothing stays as it is", () => {
  expect(find("GET", "/2015-03-31/functions/100%25")?.labels).toEqual({ FunctionName: "100%" });
  expect(find("GET", "/2015-03-31/functions/100%")?.labels).toEqual({ FunctionName: "100%" });
  expect([...parseQuery("a=1&a=2&b+c=d%20e+f&&g")]).toEqual([
    ["a", ["1", "2"]],
    ["b c", ["d e f"]],
    ["g", [""]],
  ]);
});
