/** CreateQueue, DeleteQueue, GetQueueUrl, ListQueues, ListDeadLetterSourceQueues, PurgeQueue. */
import type { Logger } from "@lambdock/kernel/logger";
import { differingAttribute, newAttributes, withoutEffect, type Attributes } from "../attributes/queue-attributes.ts";
import { integer, requiredText, text, textMap, type Input } from "../input.ts";
import { isFifo, queueArn, queueUrl, type QueueRef } from "../queue-ref.ts";
import { SqsError, invalidParameter, invalidValue, queueDoesNotExist } from "../sqs-error.ts";
import type { QueueStore } from "../store/queue-store.ts";
import { queueOf, type Call, type Operation } from "./call.ts";
import { checkDeadLetterTarget } from "./dead-letter-target.ts";
import { checkTags } from "./tags.ts";

export interface QueueOperationsDependencies {
  readonly queues: QueueStore;
  readonly logger: Logger;
  /** Milliseconds for which the name of a deleted queue may not be used again. */
  readonly nameReservedMs: number;
}

const NAMES_MAX = 1_000;
/** Milliseconds between two purges of a queue [docs]. */
const PURGE_PAUSE_MS = 60_000;

/** Builds the operations on queues. */
export function createQueueOperations(deps: QueueOperationsDependencies): Readonly<Record<string, Operation>> {
  const { queues } = deps;
  return {
    CreateQueue: (input, call) => createQueue(deps, input, call),
    async DeleteQueue(input, call) {
      if (!(await queues.remove(queueOf(input, call), call.now, deps.nameReservedMs))) throw queueDoesNotExist();
      return {};
    },
    async GetQueueUrl(input, { scope, endpoint }) {
      const queue = {
        ...scope,
        name: requiredText(input, "QueueName"),
        accountId: text(input, "QueueOwnerAWSAccountId") ?? scope.accountId,
      };
      if (!(await queues.exists(queue))) throw queueDoesNotExist();
      return { QueueUrl: queueUrl(endpoint, queue) };
    },
    async ListQueues(input, { scope, endpoint }) {
      const { limit, after } = pageOf(input);
      const { names, next } = await queues.names(scope, { prefix: text(input, "QueueNamePrefix") ?? "", after, limit: limit ?? NAMES_MAX });
      const urls = names.map((name) => queueUrl(endpoint, { ...scope, name }));
      return { ...(urls.length === 0 ? {} : { QueueUrls: urls }), ...nextToken(limit, next) };
    },
    async ListDeadLetterSourceQueues(input, call) {
      const queue = queueOf(input, call);
      const { limit, after } = pageOf(input);
      if (!(await queues.exists(queue))) throw queueDoesNotExist();
      const sources = (await queues.sourcesOf(queue, queueArn(queue))).filter(({ name }) => name > after);
      const page = sources.slice(0, limit ?? NAMES_MAX);
      return {
        queueUrls: page.map((source) => queueUrl(call.endpoint, source)),
        ...nextToken(limit, page.length < sources.length ? page.at(-1)!.name : undefined),
      };
    },
    async PurgeQueue(input, call) {
      const queue = queueOf(input, call);
      const outcome = await queues.purge(queue, call.now, PURGE_PAUSE_MS);
      if (outcome === "missing") throw queueDoesNotExist();
      if (outcome === "busy")
        throw new SqsError("PurgeQueueInProgress", `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`);
      return {};
    },
  };
}

async function createQueue({ queues, logger }: QueueOperationsDependencies, input: Input, { scope, endpoint, now }: Call): Promise<object> {
  const queue: QueueRef = { ...scope, name: requiredText(input, "QueueName") };
  const given = textMap(input, "Attributes") ?? new Map<string, string>();
  const tags = textMap(input, "tags") ?? textMap(input, "Tags") ?? new Map<string, string>();
  checkQueueName(queue.name, given);
  checkTags(queue, tags, 0);
  const attributes = newAttributes(queue, given, Math.floor(now / 1_000));
  await checkDeadLetterTarget(queues, queue, attributes);
  const outcome = await queues.create(queue, attributes, tags);
  if (outcome === "deleted")
    throw new SqsError(
      "QueueDeletedRecently",
      "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    );
  if (outcome === "created") {
    const idle = withoutEffect(given);
    if (idle.length > 0) logger.warn("queue attributes are kept, but nothing acts on them", { queue: queue.name, attributes: idle });
    return { QueueUrl: queueUrl(endpoint, queue) };
  }
  const different = differingAttribute(given, outcome);
  if (different !== undefined)
    throw new SqsError("QueueNameExists", `A queue already exists with the same name and a different value for attribute ${different}`);
  return { QueueUrl: queueUrl(endpoint, queue) };
}

function checkQueueName(name: string, attributes: Attributes): void {
  const wantsFifo = attributes.get("FifoQueue")?.toLowerCase() === "true";
  if (wantsFifo && (!isFifo(name) || name.length > 80 || !/^[a-zA-Z0-9_-]+\.fifo$/.test(name)))
    throw invalidParameter(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
    );
  if (!wantsFifo && !/^[a-zA-Z0-9_-]{1,80}$/.test(name))
    throw invalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
}

/** `limit` is absent without MaxResults; a page then has no next one [docs]. */
function pageOf(input: Input): { readonly limit: number | undefined; readonly after: string } {
  const limit = integer(input, "MaxResults");
  if (limit !== undefined && (limit < 1 || limit > NAMES_MAX))
    throw invalidValue(limit, "MaxResults", `MaxResults must be an integer between 1 and ${NAMES_MAX}.`);
  const token = text(input, "NextToken");
  if (token === undefined) return { limit, after: "" };
  if (limit === undefined) throw invalidParameter("MaxResults must be set when NextToken is.");
  const after = Buffer.from(token, "base64").toString();
  if (!/^[a-zA-Z0-9_.-]{1,80}$/.test(after)) throw invalidParameter("Invalid or expired next token.");
  return { limit, after };
}

function nextToken(limit: number | undefined, next: string | undefined): { readonly NextToken?: string } {
  return limit === undefined || next === undefined ? {} : { NextToken: Buffer.from(next).toString("base64") };
}
