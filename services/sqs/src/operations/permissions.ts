/** AddPermission, RemovePermission. */
import type { Logger } from "@lambdock/kernel/logger";
import { withoutPermission, withPermission } from "../attributes/permissions.ts";
import { requiredText, texts } from "../input.ts";
import { missingParameter } from "../sqs-error.ts";
import type { QueueStore } from "../store/queue-store.ts";
import { present, queueOf, type Operation } from "./call.ts";

/** Builds the operations on permissions. */
export function createPermissionOperations({
  queues,
  logger,
}: {
  readonly queues: QueueStore;
  readonly logger: Logger;
}): Readonly<Record<string, Operation>> {
  return {
    async AddPermission(input, call) {
      const queue = queueOf(input, call);
      const permission = {
        label: requiredText(input, "Label"),
        accountIds: texts(input, "AWSAccountIds"),
        actions: texts(input, "Actions"),
      };
      if (permission.accountIds.length === 0) throw missingParameter("AWSAccountIds");
      if (permission.actions.length === 0) throw missingParameter("Actions");
      const policy = withPermission(queue, present(await queues.attributes(queue)).get("Policy"), permission);
      await queues.change(queue, call.now, { set: new Map([["Policy", policy]]), remove: [] });
      logger.warn("queue policies are kept, but nothing acts on them", { queue: queue.name });
      return {};
    },
    async RemovePermission(input, call) {
      const queue = queueOf(input, call);
      const policy = withoutPermission(queue, present(await queues.attributes(queue)).get("Policy"), requiredText(input, "Label"));
      await queues.change(
        queue,
        call.now,
        policy === undefined ? { set: new Map(), remove: ["Policy"] } : { set: new Map([["Policy", policy]]), remove: [] },
      );
      return {};
    },
  };
}
