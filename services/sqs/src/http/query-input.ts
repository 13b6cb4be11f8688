/** Parameters of the Query protocol as the object that the JSON protocol would carry. */
import type { Query } from "@lambdock/wire/query";
import { serialization, type Input } from "../input.ts";

/** Parameters such as `AttributeName.1`, or `AttributeName` for a single one as in AWS's own samples, by the member they make a list of. */
const LISTS: Readonly<Record<string, string>> = {
  AttributeName: "AttributeNames",
  MessageSystemAttributeName: "MessageSystemAttributeNames",
  MessageAttributeName: "MessageAttributeNames",
  AWSAccountId: "AWSAccountIds",
  ActionName: "Actions",
  TagKey: "TagKeys",
};
/** Parameters such as `Attribute.1.Name` and `Attribute.1.Value`. */
const MAPS: Readonly<Record<string, { readonly member: string; readonly key: string }>> = {
  Attribute: { member: "Attributes", key: "Name" },
  MessageAttribute: { member: "MessageAttributes", key: "Name" },
  MessageSystemAttribute: { member: "MessageSystemAttributes", key: "Name" },
  Tag: { member: "Tags", key: "Key" },
};
const INTEGERS: ReadonlySet<string> = new Set([
  "DelaySeconds",
  "MaxNumberOfMessages",
  "MaxNumberOfMessagesPerSecond",
  "MaxResults",
  "VisibilityTimeout",
  "WaitTimeSeconds",
]);
/** What belongs to the protocol and the signature, not to the action. */
const FOREIGN = /^(?:Action|Version|Expires|Timestamp|AWSAccessKeyId|Signature\w*|SecurityToken|X-Amz-.*)$/;
/** No parameter has more parts than `SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringListValue.1`; deeper ones are nobody's. */
const DEPTH_MAX = 8;

interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

/** The input of an action. Throws MalformedInput. */
export function queryInput(action: string, parameters: Query): Input {
  const root: Node = { children: new Map() };
  for (const [name, [value = ""]] of parameters) {
    const path = name.split(".", DEPTH_MAX + 1);
    if (path.length <= DEPTH_MAX && !FOREIGN.test(name)) place(root, path, value);
  }
  return structureOf(root, `${action}RequestEntry`);
}

function place(root: Node, path: readonly string[], value: string): void {
  let node = root;
  for (const part of path) {
    const child: Node = node.children.get(part) ?? { children: new Map() };
    node.children.set(part, child);
    node = child;
  }
  node.value = value;
}

function structureOf(node: Node, entryName: string): Input {
  const result: Record<string, unknown> = {};
  for (const [name, child] of node.children) {
    const map = MAPS[name];
    if (name === entryName) result["Entries"] = items(child).map((entry) => structureOf(entry, ""));
    else if (child.children.size === 0 && child.value !== undefined)
      Object.assign(result, LISTS[name] === undefined ? { [name]: scalar(name, child.value) } : { [LISTS[name]]: [child.value] });
    else if (map !== undefined) result[map.member] = mapOf(child, map.key);
    else if (LISTS[name] !== undefined) result[LISTS[name]] = items(child).map(({ value = "" }) => value);
    else result[name] = structureOf(child, "");
  }
  return result;
}

/** A single entry may come without its number: `Attribute.Name=…&Attribute.Value=…`. */
function mapOf(node: Node, key: string): Input {
  const entries = node.children.has(key) ? [node] : items(node);
  return Object.fromEntries(entries.map((item) => [item.children.get(key)?.value ?? "", valueOf(item.children.get("Value"))]));
}

/** A map's value is a text, or a structure such as `MessageAttribute.1.Value.DataType`. */
function valueOf(node: Node | undefined): unknown {
  if (node === undefined) return "";
  return node.children.size === 0 ? (node.value ?? "") : structureOf(node, "");
}

function items(node: Node): readonly Node[] {
  return [...node.children]
    .filter(([index]) => /^\d+$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item);
}

function scalar(name: string, value: string): string | number {
  if (!INTEGERS.has(name)) return value;
  if (!/^[+-]?\d{1,10}$/.test(value)) throw serialization(`${value} can not be converted to an Integer`);
  return Number(value);
}
