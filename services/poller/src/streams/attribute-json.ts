import type { AttributeValue } from "@aws-sdk/client-dynamodb-streams";
import type { AttributeJson, ItemJson } from "@lambdock/polling/streams/dynamodb-event";

/** An item of the SDK as events carry it: binaries in base64. */
export function itemJson(item: Readonly<Record<string, AttributeValue>>): ItemJson {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attributeJson(value)]));
}

function attributeJson(value: AttributeValue): AttributeJson {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.M !== undefined) return { M: itemJson(value.M) };
  if (value.L !== undefined) return { L: value.L.map(attributeJson) };
  // What is left has the same form there and here.
  return value as AttributeJson;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
