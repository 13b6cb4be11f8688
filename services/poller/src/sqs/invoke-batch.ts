import { randomUUID } from "node:crypto";
import type { FunctionDirectory, ResolvedFunction } from "@lambdock/directory/function-directory";
import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import { traceHeader } from "@lambdock/kernel/trace-header";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { advanceChain, chainOfBatch, RECURSIVE_INVOCATION_MESSAGE } from "@lambdock/model/lineage";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import type { InvokeOutcome } from "@lambdock/model/invocation";
import { backoffMs } from "@lambdock/polling/backoff";
import type { BatchInvocation } from "@lambdock/polling/sqs/batch-outcome";
import type { RecursionConfigStore } from "@lambdock/store/recursion-configs";
import { eventOf, type QueueMessage } from "./queue-message.ts";

export interface InvokeBatchOptions {
  readonly mapping: EventSourceMapping;
  readonly directory: FunctionDirectory;
  readonly executor: Pick<Executor, "invoke">;
  readonly timers: Timers;
  readonly random: () => number;
  readonly recursionConfigs: Pick<RecursionConfigStore, "get">;
  /** The function is in a recursive loop, which ends here: its messages go the way of those that fail. */
  readonly onLoop: () => void;
  /** The function could not be run now; `problem` says why, unless it was merely throttled. */
  readonly onSetback: (problem: string | undefined) => void;
  /** Ends waiting between tries; a run that goes on is not cut. */
  readonly signal: AbortSignal;
}

const RETRY = { firstMs: 100, mostMs: 10_000 };

/**
 * Runs the function on a batch. Throttles and failures that are not the function's are tried again
 * with growing delays until the first message's visibility timeout is over (esm.md 3.3): no function error,
 * but the message will count one more receive. Never rejects.
 */
export async function invokeBatch(batch: readonly QueueMessage[], options: InvokeBatchOptions): Promise<BatchInvocation> {
  const { timers, signal } = options;
  const payload = Buffer.from(eventOf(batch));
  const until = batch.reduce((least, { visibleAt }) => Math.min(least, visibleAt), Infinity);
  for (let attempt = 0; ; attempt += 1) {
    const ended = await tryOnce(payload, batch, options);
    if (ended.kind === "ran" || ended.loop === true) return ended;
    options.onSetback(ended.throttled ? undefined : `PROBLEM: ${ended.reason}`);
    const delayMs = backoffMs(attempt, RETRY, options.random());
    if (timers.now() + delayMs >= until) return ended;
    await pause(delayMs, timers, signal);
    if (signal.aborted) return ended;
  }
}

type Try =
  | Extract<BatchInvocation, { kind: "ran" }>
  | { readonly kind: "not-run"; readonly reason: string; readonly throttled: boolean; readonly loop?: true };

async function tryOnce(payload: Buffer, batch: readonly QueueMessage[], options: InvokeBatchOptions): Promise<Try> {
  try {
    const target = await resolve(options);
    const { functionArn } = target.spec;
    const given = chainOfBatch(
      batch.map((message) => message.traceHeader),
      functionArn,
    );
    const { traceHeader: traceId, recursive } = advanceChain(traceHeader(given, options.timers.now()), functionArn);
    if (recursive && (await options.recursionConfigs.get(target.spec)) !== "Allow") {
      options.onLoop();
      return { kind: "not-run", reason: RECURSIVE_INVOCATION_MESSAGE, throttled: false, loop: true };
    }
    return read(
      await options.executor.invoke({
        spec: target.spec,
        requestId: randomUUID(),
        payload,
        invokedFunctionArn: target.invokedFunctionArn,
        traceId,
        tail: false,
        mode: "buffered",
      }),
    );
  } catch (error) {
    return { kind: "not-run", reason: error instanceof Error ? error.message : String(error), throttled: false };
  }
}

/** The mapping's function as it is now. Throws AwsError: it is gone, or not Active. */
export function resolve({
  directory,
  mapping,
}: Pick<InvokeBatchOptions, "directory" | "mapping">): ResolvedFunction | Promise<ResolvedFunction> {
  return directory.resolve({ accountId: mapping.accountId, region: mapping.region }, mapping.functionName, mapping.qualifier);
}

/** What stands in the way of running a function, for people. */
export function obstacleOf(error: unknown): string {
  if (error instanceof AwsError && error.code === "ResourceNotFoundException") return `PROBLEM: ${error.message}`;
  return `PROBLEM: The function can't be invoked: ${error instanceof Error ? error.message : String(error)}`;
}

function read(outcome: InvokeOutcome): Try {
  switch (outcome.kind) {
    case "completed":
      return { kind: "ran", functionError: outcome.functionError !== undefined, answer: Buffer.from(outcome.payload).toString() };
    case "throttled":
      return { kind: "not-run", reason: `The function was throttled: ${outcome.reason}`, throttled: true };
    case "snap-start-error":
    case "unavailable":
      return { kind: "not-run", reason: outcome.message, throttled: false };
    case "streaming":
      throw new Error("a buffered invocation was answered with a stream");
  }
}

function pause(delayMs: number, timers: Timers, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      done();
    };
    const cancel = timers.after(delayMs, end);
    signal.addEventListener("abort", end);
  });
}
