/** TagQueue, UntagQueue, ListQueueTags. */
import { texts, textMap } from "../input.ts";
import type { QueueRef } from "../queue-ref.ts";
import { invalidParameter, missingParameter } from "../sqs-error.ts";
import type { QueueStore } from "../store/queue-store.ts";
import { present, queueOf, type Operation } from "./call.ts";

const TAGS_MAX = 50;
const KEY_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 256;

/** Builds the operations on tags. */
export function createTagOperations({ queues }: { readonly queues: QueueStore }): Readonly<Record<string, Operation>> {
  return {
    async TagQueue(input, call) {
      const queue = queueOf(input, call);
      const tags = textMap(input, "Tags");
      if (tags === undefined) throw missingParameter("Tags");
      const existing = Object.keys(present(await queues.tags(queue)));
      checkTags(queue, tags, existing.filter((key) => !tags.has(key)).length);
      await queues.changeTags(queue, { set: tags, remove: [] });
      return {};
    },
    async UntagQueue(input, call) {
      const queue = queueOf(input, call);
      const keys = texts(input, "TagKeys");
      if (keys.length === 0) throw missingParameter("TagKeys");
      present(await queues.tags(queue));
      await queues.changeTags(queue, { set: new Map(), remove: keys });
      return {};
    },
    async ListQueueTags(input, call) {
      const tags = present(await queues.tags(queueOf(input, call)));
      return Object.keys(tags).length === 0 ? {} : { Tags: tags };
    },
  };
}

/** Checks new tags of a queue that has so many others. Throws InvalidParameterValue. */
export function checkTags(queue: QueueRef, tags: ReadonlyMap<string, string>, others: number): void {
  if (tags.size + others > TAGS_MAX) throw invalidParameter(`Too many tags added for queue ${queue.name}.`);
  for (const [key, value] of tags) {
    if (key.length < 1 || key.length > KEY_CHARACTERS_MAX)
      throw invalidParameter(`Tag keys must be between 1 and ${KEY_CHARACTERS_MAX} characters in length.`);
    if (/^aws:/i.test(key)) throw invalidParameter("Tag keys cannot start with the reserved prefix 'aws:'.");
    if (value.length > VALUE_CHARACTERS_MAX)
      throw invalidParameter(`Tag values must be between 0 and ${VALUE_CHARACTERS_MAX} characters in length.`);
  }
}
