import { allowsSource, parseRedrivePolicy, targetRefused } from "../attributes/redrive-policy.ts";
import type { QueueRef } from "../queue-ref.ts";
import type { QueueStore } from "../store/queue-store.ts";

/** Checks that the target of a RedrivePolicy among these attributes is there and takes dead letters of the queue. */
export async function checkDeadLetterTarget(queues: QueueStore, queue: QueueRef, attributes: ReadonlyMap<string, string>): Promise<void> {
  const text = attributes.get("RedrivePolicy");
  if (text === undefined) return;
  const { target } = parseRedrivePolicy(text, queue);
  const own = target.name === queue.name ? attributes : undefined;
  const existing = own ?? (await queues.attributes(target));
  if (existing === undefined) throw targetRefused(text, "Dead letter target does not exist.");
  if (!allowsSource(existing.get("RedriveAllowPolicy"), queue))
    throw targetRefused(text, "The RedriveAllowPolicy of the dead letter target does not allow this source queue.");
}
