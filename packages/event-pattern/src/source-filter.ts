import type { SourceKind } from "@lambdock/model/event-source-mapping";
import { textOfBase64 } from "./base64-text.ts";
import { InvalidPattern } from "./invalid-pattern.ts";
import { compilePattern, matches, withAlternatives, type Pattern } from "./pattern.ts";

/**
 * The filters of an event source mapping over single records of a Lambda event (esm.md, section 6).
 * A record passes when one filter matches; no filters, or an empty one, pass all.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */

/** AWS's words for a filter that it does not take. */
export const INVALID_FILTER = "Invalid filter pattern definition.";

type RecordFilter = (record: unknown) => boolean;
type JsonObject = Readonly<Record<string, unknown>>;

/** Throws {@link InvalidPattern} with AWS's message unless the text is a pattern; `{}` is one. */
export function checkFilterPattern(text: string): void {
  try {
    compileFilter(text);
  } catch (error) {
    throw error instanceof InvalidPattern ? new InvalidPattern(INVALID_FILTER, { cause: error }) : error;
  }
}

/** Compiles filters, as `Pattern` texts, for records as they stand in the source's Lambda event. Throws {@link InvalidPattern}. */
export function createRecordFilter(source: SourceKind, filters: readonly string[]): RecordFilter {
  const patterns = filters.map(compileFilter);
  if (patterns.length === 0 || patterns.includes("everything")) return () => true;
  const passes = patterns.filter((pattern) => pattern !== "everything").map((pattern) => FORMS[source](pattern));
  return (record) => isObject(record) && passes.some((pass) => pass(record));
}

function compileFilter(text: string): Pattern | "everything" {
  return /^\s*\{\s*\}\s*$/.test(text) ? "everything" : compilePattern(text);
}

const FORMS: Readonly<Record<SourceKind, (pattern: Pattern) => (record: JsonObject) => boolean>> = {
  sqs: (pattern) => payloadFilter(pattern, { key: "body", view: (record) => record, text: ({ body }) => textOf(body) }),
  kinesis: (pattern) => payloadFilter(pattern, { key: "data", view: kinesisView, text: kinesisText }),
  dynamodb: (pattern) => (record) => matches(pattern, record),
};

interface Payload {
  /** Name under which patterns speak of the payload. */
  readonly key: string;
  /** What patterns see beside it. */
  readonly view: (record: JsonObject) => JsonObject;
  readonly text: (record: JsonObject) => string | undefined;
}

/**
 * A payload is JSON or plain text, and so is what a pattern expects of it: an object under the key
 * expects JSON, a list expects text. A record whose payload is of the other form is dropped.
 */
function payloadFilter(pattern: Pattern, { key, view, text }: Payload): (record: JsonObject) => boolean {
  const speaksOfText = (names: readonly string[]): boolean => names.includes(key);
  const speaksOfJson = (names: readonly string[]): boolean => names.some((name) => name.startsWith(`${key}.`));
  const forJson = withAlternatives(pattern, (names) => !speaksOfText(names));
  const forText = withAlternatives(pattern, (names) => !speaksOfJson(names));
  if (!pattern.names.has(key)) return (record) => matches(pattern, view(record));
  return (record) => {
    const payload = text(record);
    const json = parsed(payload);
    if (json !== undefined) return matches(forJson, { ...view(record), [key]: json });
    return matches(forText, payload === undefined ? view(record) : { ...view(record), [key]: payload });
  };
}

/** Metadata are named without the `kinesis` around them: `partitionKey`, `sequenceNumber`. */
function kinesisView({ kinesis, ...rest }: JsonObject): JsonObject {
  if (!isObject(kinesis)) return rest;
  const { data: _data, ...metadata } = kinesis;
  return { ...rest, ...metadata };
}

/** Data that are not UTF-8 match no pattern that speaks of them. */
function kinesisText({ kinesis }: JsonObject): string | undefined {
  const data = isObject(kinesis) ? textOf(kinesis["data"]) : undefined;
  return data === undefined ? undefined : textOfBase64(data);
}

/** The object or array that a payload is; a single number or text in quotation marks is plain text. */
function parsed(payload: string | undefined): object | undefined {
  if (payload === undefined || !/^\s*[[{]/.test(payload)) return undefined;
  try {
    return JSON.parse(payload) as object;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
