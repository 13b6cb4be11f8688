import type { AsyncEvent, Attempt } from "@lambdock/async-invoke/async-event";
import type { FunctionDirectory, ResolvedFunction } from "@lambdock/directory/function-directory";
import type { Executor } from "@lambdock/executor-client/port";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { InvokeOutcome } from "@lambdock/model/invocation";

/** The function is gone: nothing will ever run this event. */
export class FunctionDeleted extends Error {
  override readonly name = "FunctionDeleted";
}

/**
 * Tries to run an event once. The function is looked up anew, so that queued events run updated
 * code; what keeps it from running (Pending, an executor that is away) is a system error, to be
 * tried again. Rejects with FunctionDeleted, or when the lookup itself breaks.
 */
export async function attempt(
  event: AsyncEvent,
  parts: { readonly directory: FunctionDirectory; readonly executor: Pick<Executor, "invoke"> },
): Promise<Attempt> {
  const target = await resolve(event, parts.directory);
  if (target instanceof AwsError) return { kind: "system-error", message: target.message };
  const outcome = await parts.executor.invoke({
    spec: target.spec,
    requestId: event.requestId,
    payload: Buffer.from(event.payload),
    invokedFunctionArn: event.invokedFunctionArn,
    traceId: event.traceId,
    tail: false,
    mode: "buffered",
  });
  return attemptOf(outcome, target.executedVersion);
}

async function resolve(event: AsyncEvent, directory: FunctionDirectory): Promise<ResolvedFunction | AwsError> {
  try {
    return await directory.resolve({ accountId: event.accountId, region: event.region }, event.functionName, event.qualifier);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === "ServiceException") throw error;
    if (error.code === "ResourceNotFoundException") throw new FunctionDeleted(error.message);
    return error;
  }
}

function attemptOf(outcome: InvokeOutcome, executedVersion: string): Attempt {
  switch (outcome.kind) {
    case "completed":
      return {
        kind: outcome.functionError === undefined ? "success" : "function-error",
        executedVersion,
        payload: Buffer.from(outcome.payload).toString(),
      };
    case "throttled":
      return { kind: "throttled", reason: outcome.reason };
    case "unavailable":
      return { kind: "system-error", message: outcome.message };
    case "streaming":
      throw new Error("a buffered invocation was answered with a stream");
  }
}
