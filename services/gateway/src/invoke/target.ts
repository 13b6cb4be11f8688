/**
 * The data plane's paths, recognised by plain string comparison: an invocation pays neither
 * for a router nor for a URL parser.
 */
import { decodeComponent, parseQuery } from "@lambdock/wire/query";

const OPERATIONS = [
  { operation: "Invoke", prefix: "/2015-03-31/functions/", suffix: "/invocations" },
  { operation: "InvokeAsync", prefix: "/2014-11-13/functions/", suffix: "/invoke-async" },
  { operation: "InvokeWithResponseStream", prefix: "/2021-11-15/functions/", suffix: "/response-streaming-invocations" },
] as const;

/** What an invocation's request line says. */
export interface InvokeTarget {
  readonly operation: (typeof OPERATIONS)[number]["operation"];
  readonly functionName: string;
  readonly qualifier?: string;
}

/** The target of `POST …/functions/{FunctionName}/invocations[?Qualifier=]` and its streaming sister; `undefined` for any other request. */
export function invokeTarget(method: string | undefined, url: string): InvokeTarget | undefined {
  if (method !== "POST") return undefined;
  const mark = url.indexOf("?");
  let end = mark < 0 ? url.length : mark;
  if (url.charCodeAt(end - 1) === 0x2f) end--;
  for (const { operation, prefix, suffix } of OPERATIONS) {
    if (!url.startsWith(prefix) || !url.endsWith(suffix, end)) continue;
    const label = url.slice(prefix.length, end - suffix.length);
    if (label === "" || label.includes("/")) return undefined;
    const qualifier = mark < 0 ? undefined : parseQuery(url.slice(mark + 1)).get("Qualifier")?.[0];
    return { operation, functionName: decodeComponent(label), ...(qualifier === undefined ? {} : { qualifier }) };
  }
  return undefined;
}
