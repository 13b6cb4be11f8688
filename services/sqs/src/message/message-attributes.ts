/**
 * Attributes that travel with a message. AWS: "Amazon SQS message metadata" of the developer guide.
 * A type is `String`, `Number` or `Binary`, with a label of the sender's own after a dot.
 */
import { base64Fault } from "@lambdock/wire/base64";
import { serialization, structure, text, type Input } from "../input.ts";
import { SqsError, invalidParameter } from "../sqs-error.ts";
import { invalidCharacters } from "./message-text.ts";

/** A value: one of the two is there. Bytes are in base64, as the JSON protocol and Redis carry them. */
export interface AttributeValue {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, AttributeValue>>;

const ATTRIBUTES_MAX = 10;
const NAME_CHARACTERS_MAX = 256;
const NAME = /^[\u00c0-\u017fa-zA-Z0-9_.-]+$/;
const RESERVED = /^(?:aws\.|amazon\.|\.)|\.$|\.\./i;
const TYPE = /^(String|Number|Binary)(?:\..+)?$/s;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Who sets the attributes, as AWS's messages say it. */
export type AttributeOwner = "user" | "system";

/** Reads and checks the map of that name; `undefined` when it is absent or empty. Throws InvalidParameterValue and UnsupportedOperation. */
export function readAttributes(input: Input, name: string, owner: AttributeOwner): MessageAttributes | undefined {
  const given = structure(input, name);
  const names = given === undefined ? [] : Object.keys(given);
  if (given === undefined || names.length === 0) return undefined;
  if (names.length > ATTRIBUTES_MAX)
    throw invalidParameter(`Number of message attributes [${names.length}] exceeds the allowed maximum [${ATTRIBUTES_MAX}].`);
  return Object.fromEntries(names.map((each) => [each, readValue(each, structure(given, each) ?? {}, owner)]));
}

/** Bytes that attributes add to a message: names, types and values [docs]. */
export function attributesBytes(attributes: MessageAttributes | undefined): number {
  let bytes = 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes ?? {})) {
    const value = StringValue === undefined ? Buffer.byteLength(BinaryValue ?? "", "base64") : Buffer.byteLength(StringValue);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + value;
  }
  return bytes;
}

function readValue(name: string, value: Input, owner: AttributeOwner): AttributeValue {
  checkName(name, owner);
  if (hasItems(value["StringListValues"]) || hasItems(value["BinaryListValues"]))
    throw new SqsError("UnsupportedOperation", "Message attribute list values in SendMessage operation are not supported.");
  const type = text(value, "DataType");
  if (!type) throw invalidParameter(`The message (${owner}) attribute '${name}' must contain a non-empty message attribute type.`);
  if (type.length > NAME_CHARACTERS_MAX)
    throw invalidParameter(`Message (${owner}) attribute types must be shorter than ${NAME_CHARACTERS_MAX} Bytes`);
  const kind = TYPE.exec(type)?.[1];
  if (kind === undefined)
    throw invalidParameter(
      `The type of message (${owner}) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  return kind === "Binary"
    ? { DataType: type, BinaryValue: binaryOf(name, value, owner) }
    : { DataType: type, StringValue: stringOf(name, value, { kind, owner }) };
}

function checkName(name: string, owner: AttributeOwner): void {
  if (name.length > NAME_CHARACTERS_MAX)
    throw invalidParameter(`Length of message (${owner}) attribute name must be less than ${NAME_CHARACTERS_MAX} bytes.`);
  if (RESERVED.test(name))
    throw invalidParameter(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.' or contain successive dots.",
    );
  if (!NAME.test(name))
    throw invalidParameter(
      `Message (${owner}) attribute name can only contain upper and lower score characters, digits, periods, hyphens and underscores.`,
    );
}

function stringOf(name: string, value: Input, { kind, owner }: { readonly kind: string; readonly owner: AttributeOwner }): string {
  const string = text(value, "StringValue");
  if (!string || value["BinaryValue"] !== undefined)
    throw invalidParameter(`Message (${owner}) attribute '${name}' must contain a non-empty value of type 'String'.`);
  if (invalidCharacters(string))
    throw invalidParameter(
      `Message (${owner}) attribute '${name}' contains invalid characters. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`,
    );
  if (kind === "Number" && !NUMBER.test(string))
    throw invalidParameter(`Can't cast the value of message (${owner}) attribute '${name}' to a number.`);
  return string;
}

function binaryOf(name: string, value: Input, owner: AttributeOwner): string {
  const bytes = text(value, "BinaryValue");
  if (!bytes || value["StringValue"] !== undefined)
    throw invalidParameter(`Message (${owner}) attribute '${name}' must contain a non-empty value of type 'Binary'.`);
  const padded = bytes.padEnd(4 * Math.ceil(bytes.length / 4), "=");
  if (base64Fault(padded) !== undefined) throw serialization(`The value of message (${owner}) attribute '${name}' is not base64.`);
  // One form for all receivers, whether the sender padded it or not.
  return Buffer.from(padded, "base64").toString("base64");
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
