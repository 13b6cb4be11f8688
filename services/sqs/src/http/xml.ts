/** Outputs as XML of the Query protocol: lists and maps are flattened, under names of their own. */

const LISTS: Readonly<Record<string, string>> = {
  Failed: "BatchResultErrorEntry",
  Messages: "Message",
  QueueUrls: "QueueUrl",
  Results: "ListMessageMoveTasksResultEntry",
  queueUrls: "QueueUrl",
};
const MAPS: Readonly<Record<string, readonly [name: string, key: string]>> = {
  Attributes: ["Attribute", "Name"],
  MessageAttributes: ["MessageAttribute", "Name"],
  Tags: ["Tag", "Key"],
};

/** The content of an action's result element. */
export function xmlOf(action: string, output: object): string {
  return Object.entries(output)
    .map(([name, value]: [string, unknown]) => member(action, name, value))
    .join("");
}

/** An element with content that is XML already. */
export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** Text as XML; what XML would normalise is written by number. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => ENTITIES[character]!);
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#xD;" };

function member(action: string, name: string, value: unknown): string {
  if (Array.isArray(value)) {
    const item = name === "Successful" ? `${action}ResultEntry` : (LISTS[name] ?? name);
    return value.map((each: unknown) => element(item, content(action, each))).join("");
  }
  const map = MAPS[name];
  if (map === undefined) return element(name, content(action, value));
  return Object.entries(value as object)
    .map(([key, each]: [string, unknown]) => element(map[0], element(map[1], escapeXml(key)) + element("Value", content(action, each))))
    .join("");
}

function content(action: string, value: unknown): string {
  return typeof value === "object" && value !== null ? xmlOf(action, value) : escapeXml(String(value));
}
