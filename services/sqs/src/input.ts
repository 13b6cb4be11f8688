/**
 * Members of a request, checked for their types as AWS's front end does. The Query protocol hands
 * in the same object (see http/query-input.ts).
 */
import { SqsError, missingParameter } from "./sqs-error.ts";

export type Input = Readonly<Record<string, unknown>>;

/** A text; `undefined` when absent or null. */
export function text(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw mismatch(value, "a String");
}

/** A text that must be there and not be empty. */
export function requiredText(input: Input, name: string): string {
  const value = text(input, name);
  if (value === undefined || value === "") throw missingParameter(name);
  return value;
}

/** A whole number; `undefined` when absent. */
export function integer(input: Input, name: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw mismatch(value, "an Integer");
}

/** A list of texts; empty when absent. */
export function texts(input: Input, name: string): readonly string[] {
  return list(input, name).map((item) => {
    if (typeof item === "string") return item;
    throw mismatch(item, "a String");
  });
}

/** A list of structures; empty when absent. */
export function structures(input: Input, name: string): readonly Input[] {
  return list(input, name).map(asStructure);
}

/** A map with texts as values; `undefined` when absent. */
export function textMap(input: Input, name: string): ReadonlyMap<string, string> | undefined {
  const value = structure(input, name);
  return value === undefined ? undefined : new Map(Object.keys(value).map((key) => [key, text(value, key) ?? ""]));
}

/** A structure or a map; `undefined` when absent. */
export function structure(input: Input, name: string): Input | undefined {
  const value = input[name];
  return value === undefined || value === null ? undefined : asStructure(value);
}

/** 400 SerializationException. */
export function serialization(message: string): SqsError {
  return new SqsError("SerializationException", message);
}

function list(input: Input, name: string): readonly unknown[] {
  const value = input[name];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw serialization(typeof value === "object" ? "Start of structure or map found where not expected." : "Unexpected field type");
}

function asStructure(value: unknown): Input {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Input;
  throw serialization(Array.isArray(value) ? "Start of list found where not expected" : "Unexpected field type");
}

function mismatch(value: unknown, wanted: string): SqsError {
  if (Array.isArray(value)) return serialization("Start of list found where not expected");
  if (typeof value === "object") return serialization("Start of structure or map found where not expected.");
  const token =
    typeof value === "string" ? "STRING_VALUE" : typeof value === "number" ? "NUMBER_VALUE" : value === true ? "TRUE_VALUE" : "FALSE_VALUE";
  return serialization(`${token} can not be converted to ${wanted}`);
}
