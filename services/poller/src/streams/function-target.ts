import { randomUUID } from "node:crypto";
import type { FunctionDirectory, ResolvedFunction } from "@lambdock/directory/function-directory";
import type { Executor } from "@lambdock/executor-client/port";
import { traceHeader } from "@lambdock/kernel/trace-header";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import type { InvokeOutcome } from "@lambdock/model/invocation";
import type { BatchOutcome } from "@lambdock/polling/streams/shard-protocol";

/** The mapping's function, looked up anew each time. */
export interface FunctionTarget {
  /** Throws AwsError: it is gone, or not Active. */
  resolve(): ResolvedFunction | Promise<ResolvedFunction>;
  /** Runs it on an event (JSON); never rejects. */
  invoke(event: string): Promise<BatchOutcome>;
}

export interface FunctionTargetOptions {
  readonly directory: FunctionDirectory;
  readonly executor: Pick<Executor, "invoke">;
  readonly mapping: () => EventSourceMapping;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The function that a mapping names. */
export function createFunctionTarget({ directory, executor, mapping, now }: FunctionTargetOptions): FunctionTarget {
  const resolve = (): ResolvedFunction | Promise<ResolvedFunction> => {
    const { accountId, region, functionName, qualifier } = mapping();
    return directory.resolve({ accountId, region }, functionName, qualifier);
  };
  return {
    resolve,
    async invoke(event) {
      try {
        const { spec, invokedFunctionArn, executedVersion } = await resolve();
        const requestId = randomUUID();
        const traceId = traceHeader(undefined, now());
        const payload = Buffer.from(event);
        const outcome = await executor.invoke({ spec, requestId, payload, invokedFunctionArn, traceId, tail: false, mode: "buffered" });
        return outcomeOf(outcome, { requestId, executedVersion });
      } catch (error) {
        return { kind: "service-error", problem: problemOf(error) };
      }
    },
  };
}

/** What keeps a function from being run, for `LastProcessingResult`. */
export function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof AwsError && error.code === "ResourceNotFoundException"
    ? `PROBLEM: ${message}`
    : `PROBLEM: Lambda internal error. ${message}`;
}

function outcomeOf(outcome: InvokeOutcome, about: { readonly requestId: string; readonly executedVersion: string }): BatchOutcome {
  switch (outcome.kind) {
    case "completed":
      if (outcome.functionError !== undefined) return { kind: "function-error", ...about };
      return { kind: "answered", answer: Buffer.from(outcome.payload).toString(), ...about };
    case "throttled":
      return { kind: "throttled" };
    case "snap-start-error":
    case "unavailable":
      return { kind: "service-error", problem: `PROBLEM: Lambda internal error. ${outcome.message}` };
    case "streaming":
      throw new Error("a buffered invocation was answered with a stream");
  }
}
