import { describe, expect, test } from "@jest/globals";
import type { AsyncEvent, Attempt } from "@lambdock/async-invoke/async-event";
import { AwsError, notFound } from "@lambdock/model/errors/aws-error";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import { attempt, FunctionDeleted, type AttemptParts } from "./attempt.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
const spec = { functionArn: ARN, accountId: "111122223333", region: "us-east-1", name: "f", version: "$LATEST" } as FunctionSpec;
const event: AsyncEvent = {
  requestId: "r1",
  accountId: "111122223333",
  region: "us-east-1",
  functionName: "f",
  qualifier: "$LATEST",
  functionArn: ARN,
  invokedFunctionArn: ARN,
  payload: '{"n":1}',
  traceId: TRACE,
  acceptedAt: 0,
  attempts: 0,
  setbacks: 0,
};
const completed: InvokeOutcome = { kind: "completed", payload: Buffer.from("1"), contentType: "application/json" };

/** Attempts the event against an executor that answers so; tells what the executor was asked. */
async function attemptOf(
  tried: AsyncEvent,
  given: {
    readonly outcome?: InvokeOutcome;
    readonly loopAllowed?: boolean;
    readonly blocked?: boolean;
    readonly directory?: AttemptParts["directory"];
  } = {},
): Promise<{ readonly made: Attempt; readonly asked: readonly InvokeRequest[] }> {
  const asked: InvokeRequest[] = [];
  const made = await attempt(tried, {
    directory: given.directory ?? {
      resolve: () => ({ spec, invokedFunctionArn: ARN, executedVersion: "$LATEST", roleArn: "arn:aws:iam::111122223333:role/r" }),
    },
    executor: { invoke: async (request) => (asked.push(request), given.outcome ?? completed) },
    mayRecurse: async () => given.loopAllowed === true,
    isBlocked: async () => given.blocked === true,
  });
  return { made, asked };
}

describe("an attempt", () => {
  test("runs the function with its payload, and with itself in the lineage", async () => {
    const { made, asked } = await attemptOf(event);
    expect(made).toEqual({ kind: "success", executedVersion: "$LATEST", payload: "1" });
    expect(asked).toMatchObject([{ requestId: "r1", traceId: expect.stringMatching(`^${TRACE};Lineage=1:[0-9a-f]{8}:0$`), tail: false }]);
  });

  test("has the same lineage as the attempts of the event before it", async () => {
    const [first, second] = [await attemptOf(event), await attemptOf({ ...event, attempts: 1 })];
    expect(second.asked[0]!.traceId).toBe(first.asked[0]!.traceId);
  });

  test("is the last of a chain of sixteen runs: the next is stopped, unless the loop is allowed", async () => {
    let traceId = TRACE;
    for (let run = 0; run < 16; run += 1) traceId = (await attemptOf({ ...event, traceId })).asked[0]!.traceId;
    expect(await attemptOf({ ...event, traceId })).toEqual({ made: { kind: "recursion" }, asked: [] });
    expect((await attemptOf({ ...event, traceId }, { loopAllowed: true })).made.kind).toBe("success");
  });

  test.each<[string, InvokeOutcome, Attempt]>([
    [
      "a function error",
      { ...completed, functionError: "Unhandled" },
      { kind: "function-error", executedVersion: "$LATEST", payload: "1" },
    ],
    [
      "a throttle",
      { kind: "throttled", reason: "ConcurrentInvocationLimitExceeded" },
      { kind: "throttled", reason: "ConcurrentInvocationLimitExceeded" },
    ],
    ["an executor that is away", { kind: "unavailable", message: "away" }, { kind: "system-error", message: "away" }],
  ])("tells %s from the others", async (_name, outcome, made) => {
    expect((await attemptOf(event, { outcome })).made).toEqual(made);
  });

  test("of a function whose reserved concurrency is zero is told from one whose reservation is used up", async () => {
    const reserved: InvokeOutcome = { kind: "throttled", reason: "ReservedFunctionConcurrentInvocationLimitExceeded" };
    expect((await attemptOf(event, { outcome: reserved, blocked: true })).made).toEqual({ kind: "zero-concurrency" });
    expect((await attemptOf(event, { outcome: reserved })).made).toEqual(reserved);
    const account: InvokeOutcome = { kind: "throttled", reason: "ConcurrentInvocationLimitExceeded" };
    expect((await attemptOf(event, { outcome: account, blocked: true })).made).toEqual(account);
  });

  test("of a function that is not Active is a system error, of a deleted one the event's end", async () => {
    const refusing = (error: Error): Pick<AttemptParts, "directory"> => ({ directory: { resolve: () => Promise.reject(error) } });
    const pending = new AwsError("ResourceConflictException", "The function is currently in the following state: Pending");
    expect((await attemptOf(event, refusing(pending))).made).toEqual({ kind: "system-error", message: pending.message });
    await expect(attemptOf(event, refusing(notFound(`Function not found: ${ARN}`)))).rejects.toBeInstanceOf(FunctionDeleted);
  });
});
