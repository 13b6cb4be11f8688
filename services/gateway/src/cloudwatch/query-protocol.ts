/** The Query protocol of 2010-08-01: a form or a query string in, XML out. Older clients speak it. */
import { parseQuery, type Query } from "@lambdock/wire/query";
import { CloudWatchError } from "./cloudwatch-error.ts";
import { isInput, type Input } from "./input.ts";
import type { Protocol } from "./protocol.ts";

const NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/";
const HEADERS = { "content-type": "text/xml" };
/** What belongs to the protocol and the signature, not to the action. */
const FOREIGN = /^(?:Action|Version|Expires|Timestamp|AWSAccessKeyId|Signature\w*|SecurityToken|X-Amz-.*)$/;

export const queryProtocol: Protocol = {
  decode(request, body) {
    const [, search = ""] = request.url!.split("?", 2);
    const parameters: Query = new Map([...parseQuery(search), ...parseQuery(body.toString())]);
    const action = parameters.get("Action")?.[0];
    if (action === undefined || action === "")
      throw new CloudWatchError("MissingParameter", "The request must contain the parameter Action.");
    return { action, input: inputOf(parameters) };
  },
  encode: (action, output, requestId) => ({
    status: 200,
    headers: HEADERS,
    body: `<${action}Response xmlns="${NAMESPACE}">${element(`${action}Result`, xmlOf(output))}${element("ResponseMetadata", element("RequestId", requestId))}</${action}Response>`,
  }),
  encodeError({ status, code, message }, requestId) {
    const content =
      element("Type", status < 500 ? "Sender" : "Receiver") + element("Code", escape(code)) + element("Message", escape(message));
    return {
      status,
      headers: HEADERS,
      body: `<ErrorResponse xmlns="${NAMESPACE}">${element("Error", content)}${element("RequestId", requestId)}</ErrorResponse>`,
    };
  },
};

interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

/** `MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS/Lambda` and its like as one object. */
function inputOf(parameters: Query): Input {
  const root: Node = { children: new Map() };
  for (const [name, [value = ""]] of parameters) {
    if (FOREIGN.test(name)) continue;
    let node = root;
    for (const part of name.split(".")) {
      const child: Node = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.value = value;
  }
  return structure(root);
}

function structure(node: Node): Input {
  return Object.fromEntries([...node.children].map(([name, child]) => [name, contentOf(child)]));
}

function contentOf(node: Node): unknown {
  if (node.children.size === 0) return node.value ?? "";
  const list = node.children.get("member");
  if (list === undefined) return structure(node);
  return [...list.children].sort(([one], [other]) => Number(one) - Number(other)).map(([, item]) => contentOf(item));
}

function xmlOf(output: object): string {
  return Object.entries(output)
    .map(([name, value]: [string, unknown]) => (value === undefined ? "" : element(name, contentXml(name, value))))
    .join("");
}

function contentXml(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((each: unknown) => element("member", contentXml("", each))).join("");
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if (!isInput(value)) return escape(String(value));
  // The only map there is.
  if (name === "ExtendedStatistics")
    return Object.entries(value)
      .map(([key, each]) => element("entry", element("key", escape(key)) + element("value", String(each))))
      .join("");
  return xmlOf(value);
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
