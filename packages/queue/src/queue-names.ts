import type { FunctionId } from "@lambdock/model/arn";

/** Prefix of BullMQ's keys: `lambdock:async:<account>.<region>.<function>:…`. */
export const PREFIX = "lambdock:async";
/** Set of the queues that hold events or did so lately: one per function. */
export const QUEUES_KEY = "lambdock:async-queues";
/** A queue is about to receive an event, the first for some time: its name. */
export const NEW_QUEUE_CHANNEL = "lambdock:async-new-queue";

/** One queue per function, so that a deep backlog of one never delays another. */
export function queueName(id: FunctionId): string {
  return `${id.accountId}.${id.region}.${id.name}`;
}

/** The function of a queue; function names hold no dot. */
export function functionOfQueue(name: string): FunctionId {
  const [accountId = "", region = "", ...rest] = name.split(".");
  return { accountId, region, name: rest.join(".") };
}
