import type { Scope } from "@lambdock/model/arn";
import { requiredText, type Input } from "../input.ts";
import { parseQueueUrl, type QueueRef } from "../queue-ref.ts";
import { SqsError, queueDoesNotExist } from "../sqs-error.ts";
import type { Presence } from "../waiting-lines.ts";

/** A request under way. */
export interface Call {
  /** The caller's account and region. */
  readonly scope: Scope;
  /** Base URL that the caller used, such as `http://127.0.0.1:4566`: queue URLs begin with it. */
  readonly endpoint: string;
  /** Epoch milliseconds, whole. */
  readonly now: number;
  readonly live: Presence;
  /** `X-Amzn-Trace-Id` of the request. */
  readonly traceHeader?: string;
}

/** One action of the API. Throws {@link SqsError}. */
export type Operation = (input: Input, call: Call) => Promise<object>;

/** The queue that `QueueUrl` names. Throws InvalidAddress and NonExistentQueue (for a name that no queue can have). */
export function queueOf(input: Input, { scope }: Call): QueueRef {
  const url = requiredText(input, "QueueUrl");
  const queue = parseQueueUrl(url, scope);
  if (queue === undefined) throw new SqsError("InvalidAddress", `The address ${url} is not valid for this endpoint.`);
  if (!/^[a-zA-Z0-9_-]{1,80}(\.fifo)?$/.test(queue.name)) throw queueDoesNotExist();
  return queue;
}

/** Unwraps what a store answers about a queue. Throws NonExistentQueue. */
export function present<T>(answer: T | "missing" | undefined): T {
  if (answer === undefined || answer === "missing") throw queueDoesNotExist();
  return answer;
}
