import type { Scope } from "@lambdock/model/arn";
import type { QueueRef } from "./queue-ref.ts";

/**
 * Every key that SQS takes in Redis. `<scope>` is `<account>:<region>`, `<queue>` is
 * `lambdock:<scope>:sqs:<name>`; names contain no colon. An id is the message's sequence number in
 * its queue, 20 digits. Scripts append the suffixes themselves.
 *
 * | key | type | holds |
 * |---|---|---|
 * | `lambdock:<scope>:sqs-queues` | sorted set, all scores 0 | queue names, in order |
 * | `<queue>` | hash | attributes by AWS's names; `sequence`, `purgedAt`, `waitingUntil` (a receiver may wait until then), `dlqArn`, `maxReceiveCount` |
 * | `<queue>:deleted` | string | when it was deleted (epoch ms); expires when the name may be used again |
 * | `<queue>:tags` | hash | tag key -> value |
 * | `<queue>:messages` | hash | id -> message (see message-record.ts) |
 * | `<queue>:receives` | hash | id -> `<receives> <receives from this queue> <first receive> <nonce> <receive> <arn of the dead letter's source>` |
 * | `<queue>:waiting` | sorted set | ids not received yet, by the time (epoch ms) from which they are visible |
 * | `<queue>:flight` | sorted set | ids received, by the time until which they are invisible |
 * | `<queue>:sent` | sorted set | all ids by their time of enqueueing, from which retention counts |
 * | `<queue>:order` | sorted set, all scores 0 | FIFO: `<group> <id>`, so each group's messages in order |
 * | `<queue>:groups` | sorted set | FIFO: groups by the time from which their first message is visible |
 * | `<queue>:dedup` | hash | FIFO: deduplication id (after `<group> ` when scoped so) -> `<time> <id> <message id>` |
 * | `<queue>:dedup-times` | sorted set | FIFO: keys of the hash by time |
 * | `<queue>:attempt:<id>` | string | FIFO: what a ReceiveRequestAttemptId got: `<time> <nonce> <visible at> <ids...>` |
 * | `<queue>:moves` | list | ids of the last move tasks out of this queue, newest first |
 * | `<queue>:move:<id>` | hash | a move task |
 * | `lambdock:sqs-moves` | set | `<arn of the source> <task id>` of every running move task |
 *
 * Channel `lambdock:sqs-wake`: the key of a queue from which a waiting receiver may now get something.
 */
export function queueKey(queue: QueueRef): string {
  return `lambdock:${queue.accountId}:${queue.region}:sqs:${queue.name}`;
}

export const queueNamesKey = (scope: Scope): string => `lambdock:${scope.accountId}:${scope.region}:sqs-queues`;
export const runningMovesKey = "lambdock:sqs-moves";
export const wakeChannel = "lambdock:sqs-wake";
