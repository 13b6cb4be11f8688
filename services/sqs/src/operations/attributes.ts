/** GetQueueAttributes, SetQueueAttributes. */
import type { Logger } from "@lambdock/kernel/logger";
import { ATTRIBUTE_NAMES } from "../attributes/attribute-names.ts";
import { changeOf, withoutEffect } from "../attributes/queue-attributes.ts";
import { texts, textMap } from "../input.ts";
import { SqsError, missingParameter, queueDoesNotExist } from "../sqs-error.ts";
import type { QueueDescription, QueueStore } from "../store/queue-store.ts";
import { present, queueOf, type Operation } from "./call.ts";
import { checkDeadLetterTarget } from "./dead-letter-target.ts";

/** Builds the operations on attributes. */
export function createAttributeOperations({
  queues,
  logger,
}: {
  readonly queues: QueueStore;
  readonly logger: Logger;
}): Readonly<Record<string, Operation>> {
  return {
    async GetQueueAttributes(input, call) {
      const names = texts(input, "AttributeNames");
      for (const name of names) if (!ATTRIBUTE_NAMES.has(name)) throw new SqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
      const all = allAttributes(present(await queues.describe(queueOf(input, call), call.now)));
      const wanted = names.includes("All") ? all : all.filter(([name]) => names.includes(name));
      return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
    },
    async SetQueueAttributes(input, call) {
      const queue = queueOf(input, call);
      const given = textMap(input, "Attributes");
      if (given === undefined || given.size === 0) throw missingParameter("Attribute.Name");
      const current = present(await queues.attributes(queue));
      const change = changeOf(queue, given, current);
      await checkDeadLetterTarget(queues, queue, change.set);
      const set = new Map(change.set).set("LastModifiedTimestamp", String(Math.floor(call.now / 1_000)));
      if (!(await queues.change(queue, call.now, { ...change, set }))) throw queueDoesNotExist();
      const idle = withoutEffect(given);
      if (idle.length > 0) logger.warn("queue attributes are kept, but nothing acts on them", { queue: queue.name, attributes: idle });
      return {};
    },
  };
}

function allAttributes({ attributes, visible, invisible, delayed }: QueueDescription): readonly [string, string][] {
  return [
    // What scripts keep beside AWS's attributes has names of its own.
    ...[...attributes].filter(([name]) => ATTRIBUTE_NAMES.has(name)),
    ["ApproximateNumberOfMessages", String(visible)],
    ["ApproximateNumberOfMessagesNotVisible", String(invisible)],
    ["ApproximateNumberOfMessagesDelayed", String(delayed)],
  ];
}
