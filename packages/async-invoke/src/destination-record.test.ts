import { expect, test } from "@jest/globals";
import { deadLetterAttributes, destinationRecord, type Ended } from "@lambdock/async-invoke/destination-record";

const ended: Ended = {
  event: {
    requestId: "7c1c9a32-0000-4000-8000-000000000000",
    accountId: "111122223333",
    region: "us-east-1",
    functionName: "orders",
    qualifier: "$LATEST",
    functionArn: "arn:aws:lambda:us-east-1:111122223333:function:orders",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:111122223333:function:orders",
    payload: '{"orderId":7}',
    traceId: "Root=1",
    acceptedAt: 0,
    attempts: 3,
    setbacks: 0,
  },
  condition: "RetriesExhausted",
  lastAttempt: { kind: "function-error", executedVersion: "$LATEST", payload: '{"errorMessage":"boom","errorType":"Exception"}' },
  endedAt: Date.parse("2026-11-03T10:20:30.123Z"),
};

test("the record of a failure has the recorded members in the recorded order", () => {
  expect(destinationRecord(ended)).toBe(
    '{"version":"1.0","timestamp":"2026-11-03T10:20:30.123Z","requestContext":{"requestId":"7c1c9a32-0000-4000-8000-000000000000",' +
      '"functionArn":"arn:aws:lambda:us-east-1:111122223333:function:orders:$LATEST","condition":"RetriesExhausted","approximateInvokeCount":3},' +
      '"requestPayload":{"orderId":7},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},' +
      '"responsePayload":{"errorMessage":"boom","errorType":"Exception"}}',
  );
});

test("the record of an event that never ran has no response", () => {
  const record = JSON.parse(
    destinationRecord({ ...ended, condition: "ZeroReservedConcurrency", lastAttempt: { kind: "zero-concurrency" } }),
  ) as object;
  expect(Object.keys(record)).toEqual(["version", "timestamp", "requestContext", "requestPayload"]);
});

test("a payload's large numbers survive the record untouched", () => {
  expect(destinationRecord({ ...ended, event: { ...ended.event, payload: '{"n":12345678901234567890}' } })).toContain(
    '"requestPayload":{"n":12345678901234567890}',
  );
});

test.each([
  ["a function error", ended.lastAttempt!, { ErrorCode: "200", ErrorMessage: "boom" }],
  ["a throttle", { kind: "throttled", reason: "x" } as const, { ErrorCode: "429", ErrorMessage: "Rate Exceeded." }],
  [
    "a recursive loop",
    { kind: "recursion" } as const,
    { ErrorCode: "400", ErrorMessage: expect.stringMatching(/recursive loop .* stopped your function's invocation\.$/) },
  ],
  ["a system error", { kind: "system-error", message: "down" } as const, { ErrorCode: "500", ErrorMessage: "down" }],
])("the dead letter of %s carries its code and message", (_name, lastAttempt, attributes) => {
  expect(deadLetterAttributes({ ...ended, lastAttempt })).toEqual({ RequestID: ended.event.requestId, ...attributes });
});

test("a dead letter's message is cut at one kilobyte", () => {
  const payload = JSON.stringify({ errorMessage: "x".repeat(5_000) });
  expect(
    deadLetterAttributes({ ...ended, lastAttempt: { kind: "function-error", executedVersion: "1", payload } }).ErrorMessage,
  ).toHaveLength(1_024);
});
