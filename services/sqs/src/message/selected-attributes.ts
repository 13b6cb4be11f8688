/** Which attributes a ReceiveMessage asks for. AWS: `MessageAttributeNames`, `MessageSystemAttributeNames`. */
import { SqsError } from "../sqs-error.ts";
import { ATTRIBUTE_NAMES } from "../attributes/attribute-names.ts";
import type { MessageAttributes } from "./message-attributes.ts";

const SYSTEM_NAMES: ReadonlySet<string> = new Set([
  "All",
  "SenderId",
  "SentTimestamp",
  "ApproximateReceiveCount",
  "ApproximateFirstReceiveTimestamp",
  "SequenceNumber",
  "MessageDeduplicationId",
  "MessageGroupId",
  "AWSTraceHeader",
  "DeadLetterQueueSourceArn",
]);

/** Answers whether an attribute was asked for; `undefined`: none was. */
export type Selection = ((name: string) => boolean) | undefined;

/**
 * System attributes, from the old and the new member together. The old one's enumeration is that of
 * queue attributes, of which a message has none. Throws InvalidAttributeName.
 */
export function selectSystemAttributes(oldNames: readonly string[], newNames: readonly string[]): Selection {
  for (const name of newNames) if (!SYSTEM_NAMES.has(name)) throw new SqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
  for (const name of oldNames)
    if (!SYSTEM_NAMES.has(name) && !ATTRIBUTE_NAMES.has(name)) throw new SqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
  const names = new Set([...oldNames, ...newNames]);
  if (names.size === 0) return undefined;
  return names.has("All") ? () => true : (name) => names.has(name);
}

/** Message attributes by name, by prefix (`foo.*`), or all of them (`All`, `.*`, `*`) [recorded]. */
export function selectMessageAttributes(names: readonly string[]): Selection {
  if (names.length === 0) return undefined;
  if (names.some((name) => name === "All" || name === ".*" || name === "*")) return () => true;
  const exact = new Set(names);
  const prefixes = names.filter((name) => name.endsWith(".*")).map((name) => name.slice(0, -2));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** The attributes that were asked for; `undefined` when there are none. */
export function pickAttributes(attributes: MessageAttributes | undefined, selection: Selection): MessageAttributes | undefined {
  if (attributes === undefined || selection === undefined) return undefined;
  const picked = Object.entries(attributes).filter(([name]) => selection(name));
  return picked.length === 0 ? undefined : Object.fromEntries(picked);
}
