import { createRecordFilter } from "@lambdock/event-pattern/source-filter";
import type { QueueMessage } from "./queue-message.ts";

/** Messages of a receive, parted by the mapping's filters. */
export interface Filtered {
  readonly passed: readonly QueueMessage[];
  /** To be deleted: AWS takes what no filter lets through out of the queue. */
  readonly dropped: readonly QueueMessage[];
}

/** Parts messages by filter patterns; without patterns all pass. */
export function createMessageFilter(patterns: readonly string[]): (messages: readonly QueueMessage[]) => Filtered {
  if (patterns.length === 0) return (messages) => ({ passed: messages, dropped: [] });
  const passes = createRecordFilter("sqs", patterns);
  return (messages) => {
    const passed: QueueMessage[] = [];
    const dropped: QueueMessage[] = [];
    for (const message of messages) (passes(message.record) ? passed : dropped).push(message);
    return { passed, dropped };
  };
}
