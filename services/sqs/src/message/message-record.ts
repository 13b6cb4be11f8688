/**
 * A message as Redis keeps it: `<message id, 36><length of its group, 3 digits><group><JSON>`. The
 * parts before the JSON are those that scripts read; the group is there only in FIFO queues.
 */
import type { MessageAttributes } from "./message-attributes.ts";

export interface MessageRecord {
  readonly messageId: string;
  readonly body: string;
  readonly md5: string;
  readonly sender: string;
  /** As given: a standard queue accepts one too (fair queues). */
  readonly group?: string;
  /** As given, or the hash of the content. */
  readonly deduplicationId?: string;
  readonly traceHeader?: string;
  readonly attributes?: MessageAttributes;
}

/** Parts of a stored message. */
export interface StoredRecord {
  readonly record: MessageRecord;
  /** Group by which a FIFO queue orders, else empty. */
  readonly group: string;
}

const ID_CHARACTERS = 36;

/** Writes a message for a queue of that kind. */
export function encodeMessage({ messageId, ...rest }: MessageRecord, fifo: boolean): string {
  const group = fifo ? (rest.group ?? "") : "";
  return messageId + String(group.length).padStart(3, "0") + group + JSON.stringify(rest);
}

/** Reads a stored message. */
export function decodeMessage(text: string): StoredRecord {
  const end = ID_CHARACTERS + 3 + Number(text.slice(ID_CHARACTERS, ID_CHARACTERS + 3));
  const rest = JSON.parse(text.slice(end)) as Omit<MessageRecord, "messageId">;
  return { record: { messageId: text.slice(0, ID_CHARACTERS), ...rest }, group: text.slice(ID_CHARACTERS + 3, end) };
}
