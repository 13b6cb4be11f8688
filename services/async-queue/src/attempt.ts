import type { AsyncEvent, Attempt } from "@lambdock/async-invoke/async-event";
import type { FunctionDirectory, ResolvedFunction } from "@lambdock/directory/function-directory";
import type { Executor } from "@lambdock/executor-client/port";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { FunctionId } from "@lambdock/model/arn";
import type { InvokeOutcome } from "@lambdock/model/invocation";
import { advanceChain } from "@lambdock/model/lineage";

/** The function is gone: nothing will ever run this event. */
export class FunctionDeleted extends Error {
  override readonly name = "FunctionDeleted";
}

export interface AttemptParts {
  readonly directory: FunctionDirectory;
  readonly executor: Pick<Executor, "invoke">;
  /** Whether the function may go on in a recursive loop. */
  readonly mayRecurse: (id: FunctionId) => Promise<boolean>;
  /** Whether the function's reserved concurrency is zero. */
  readonly isBlocked: (id: FunctionId) => Promise<boolean>;
}

/**
 * Tries to run an event once. The function is looked up anew, so that queued events run updated
 * code; what keeps it from running (Pending, an executor that is away) is a system error, to be
 * tried again. Rejects with FunctionDeleted, or when the lookup itself breaks.
 */
export async function attempt(event: AsyncEvent, parts: AttemptParts): Promise<Attempt> {
  const target = await resolve(event, parts.directory);
  if (target instanceof AwsError) return { kind: "system-error", message: target.message };
  const { traceHeader, recursive } = advanceChain(event.traceId, target.spec.functionArn);
  if (recursive && !(await parts.mayRecurse(target.spec))) return { kind: "recursion" };
  const outcome = await parts.executor.invoke({
    spec: target.spec,
    requestId: event.requestId,
    payload: Buffer.from(event.payload),
    invokedFunctionArn: event.invokedFunctionArn,
    traceId: traceHeader,
    tail: false,
    mode: "buffered",
    invocationType: "event",
  });
  // Asked only when it matters: a function that may run pays nothing for it.
  const reservationUsedUp = outcome.kind === "throttled" && outcome.reason === "ReservedFunctionConcurrentInvocationLimitExceeded";
  if (reservationUsedUp && (await parts.isBlocked(target.spec))) return { kind: "zero-concurrency" };
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
    case "snap-start-error":
    case "unavailable":
      return { kind: "system-error", message: outcome.message };
    case "streaming":
      throw new Error("a buffered invocation was answered with a stream");
  }
}
