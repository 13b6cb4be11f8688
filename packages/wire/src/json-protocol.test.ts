import { expect, test } from "@jest/globals";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { decodeJsonInput, encodeJsonError, encodeJsonOutput, parseTarget } from "./json-protocol.ts";

test("a target names service and operation", () => {
  expect(parseTarget("Logs_20140328.GetLogEvents")).toEqual({ service: "Logs_20140328", operation: "GetLogEvents" });
  expect([parseTarget(""), parseTarget("GetLogEvents"), parseTarget(".x"), parseTarget("x.")]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("bodies are objects, and an empty one is an empty input", () => {
  expect(decodeJsonInput("")).toEqual({});
  expect(decodeJsonInput('{"limit":1}')).toEqual({ limit: 1 });
  for (const body of ["{", "[]", "null", "1"]) expect(() => decodeJsonInput(body)).toThrow(AwsError);
});

test("client errors have status 400 whatever they have elsewhere", () => {
  expect(encodeJsonError({ code: "ResourceNotFoundException", status: 404, message: "The specified log group does not exist." })).toEqual({
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": "ResourceNotFoundException" },
    body: '{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}',
  });
  expect(encodeJsonError({ code: "ServiceUnavailableException", status: 503, message: "x" }).status).toBe(503);
  expect(encodeJsonOutput({ events: [] })).toMatchObject({ status: 200, body: '{"events":[]}' });
});
