/** StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks. */
import { randomUUID } from "node:crypto";
import { integer, requiredText, text, type Input } from "../input.ts";
import { isFifo, parseQueueArn, queueArn, type QueueRef } from "../queue-ref.ts";
import { SqsError, invalidParameter, invalidValue } from "../sqs-error.ts";
import { decodeTaskHandle, encodeTaskHandle, type MoveStore, type MoveTask } from "../store/move-store.ts";
import type { QueueStore } from "../store/queue-store.ts";
import type { Operation } from "./call.ts";

export interface MoveOperationsDependencies {
  readonly queues: QueueStore;
  readonly moves: MoveStore;
  /** A task has begun: whoever works on tasks shall look. */
  readonly onStart: () => void;
}

const TASKS_MAX = 10;
const PER_SECOND_MAX = 500;

/** Builds the operations on move tasks. */
export function createMoveOperations(deps: MoveOperationsDependencies): Readonly<Record<string, Operation>> {
  const { queues, moves } = deps;
  return {
    StartMessageMoveTask: (input, { now }) => startMove(deps, input, now),
    async CancelMessageMoveTask(input) {
      const handle = decodeTaskHandle(requiredText(input, "TaskHandle"));
      const source = handle === undefined ? undefined : parseQueueArn(handle.sourceArn);
      if (handle === undefined || source === undefined) throw invalidParameter("Value for parameter TaskHandle is invalid.");
      const outcome = await moves.cancel(source, handle.taskId);
      if (outcome === "missing") throw absent("SourceArn");
      if (outcome === "unknown") throw new SqsError("ResourceNotFoundException", "Task does not exist.");
      if (outcome === "over") throw new SqsError("UnsupportedOperation", "Only active tasks can be cancelled.");
      return { ApproximateNumberOfMessagesMoved: outcome };
    },
    async ListMessageMoveTasks(input) {
      const source = queueAt(requiredText(input, "SourceArn"), "SourceArn");
      const limit = integer(input, "MaxResults") ?? 1;
      if (limit < 1 || limit > TASKS_MAX)
        throw invalidValue(limit, "MaxResults", `MaxResults must be an integer between 1 and ${TASKS_MAX}.`);
      if (!(await queues.exists(source))) throw absent("SourceArn");
      const tasks = await moves.list(source, limit);
      return tasks.length === 0 ? {} : { Results: tasks.map((task) => shown(source, task)) };
    },
  };
}

async function startMove({ queues, moves, onStart }: MoveOperationsDependencies, input: Input, now: number): Promise<object> {
  const source = queueAt(requiredText(input, "SourceArn"), "SourceArn");
  const destinationArn = text(input, "DestinationArn");
  const destination = destinationArn ? queueAt(destinationArn, "DestinationArn") : undefined;
  const perSecond = integer(input, "MaxNumberOfMessagesPerSecond");
  if (perSecond !== undefined && (perSecond < 1 || perSecond > PER_SECOND_MAX))
    throw invalidValue(
      perSecond,
      "MaxNumberOfMessagesPerSecond",
      `MaxNumberOfMessagesPerSecond must be an integer between 1 and ${PER_SECOND_MAX}.`,
    );
  if (!(await queues.exists(source))) throw absent("SourceArn");
  if ((await queues.sourcesOf(source, queueArn(source))).length === 0)
    throw invalidParameter("Source queue must be configured as a Dead Letter Queue.");
  if (destination !== undefined) await checkDestination(queues, source, destination);
  const id = randomUUID();
  const outcome = await moves.start(source, { now, id, destinationArn: destination === undefined ? "" : queueArn(destination), perSecond });
  if (outcome === "missing") throw absent("SourceArn");
  if (outcome === "busy")
    throw invalidParameter("There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
  onStart();
  return { TaskHandle: encodeTaskHandle(source, id) };
}

async function checkDestination(queues: QueueStore, source: QueueRef, destination: QueueRef): Promise<void> {
  if (!(await queues.exists(destination))) throw absent("DestinationArn");
  if (isFifo(source.name) !== isFifo(destination.name))
    throw invalidParameter("Source and destination queues must be of the same type: both standard, or both FIFO.");
  if (queueArn(source) === queueArn(destination)) throw invalidParameter("The source queue cannot be the destination queue.");
}

function queueAt(arn: string, parameter: string): QueueRef {
  const queue = parseQueueArn(arn);
  if (queue === undefined)
    throw invalidParameter(
      `You must use this format to specify the ${parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
    );
  return queue;
}

function absent(parameter: string): SqsError {
  return new SqsError("ResourceNotFoundException", `The resource that you specified for the ${parameter} parameter doesn't exist.`);
}

/** Only a running task has a handle [recorded]. */
function shown(source: QueueRef, { id, status, startedAt, destinationArn, perSecond, toMove, moved, failure }: MoveTask): object {
  return {
    ...(status === "RUNNING" ? { TaskHandle: encodeTaskHandle(source, id) } : {}),
    Status: status,
    SourceArn: queueArn(source),
    ...(destinationArn === "" ? {} : { DestinationArn: destinationArn }),
    ...(perSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: perSecond }),
    ApproximateNumberOfMessagesMoved: moved,
    ApproximateNumberOfMessagesToMove: toMove,
    ...(failure === "" ? {} : { FailureReason: failure }),
    StartedTimestamp: startedAt,
  };
}
