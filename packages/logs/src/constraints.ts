import { invalidParameter, LogsError } from "./logs-error.ts";

/**
 * Input constraints of the API, checked as the service does: every violation in one message.
 * Members that an operation does not list are ignored, as AWS's front end does.
 */
export type Constraint = { readonly required?: true } & (
  | {
      readonly type: "string";
      readonly min?: number;
      readonly max?: number;
      readonly pattern?: string;
      readonly values?: readonly string[];
    }
  | { readonly type: "number"; readonly min?: number; readonly max?: number }
  | { readonly type: "boolean" }
  | { readonly type: "list"; readonly min?: number; readonly max?: number; readonly item: Constraint }
  | { readonly type: "map"; readonly min?: number; readonly max?: number; readonly item: Constraint }
  | { readonly type: "structure"; readonly members: Constraints }
);

/** Constraints by member name. */
export type Constraints = Readonly<Record<string, Constraint>>;

/** Throws InvalidParameterException with all violations, or SerializationException for a value of the wrong type. */
export function checkInput(constraints: Constraints, input: unknown): void {
  const violations = [...structureViolations(constraints, input, "")];
  if (violations.length === 0) return;
  const count = `${violations.length} validation error${violations.length === 1 ? "" : "s"} detected: `;
  throw invalidParameter(count + violations.join("; "));
}

function* structureViolations(constraints: Constraints, input: unknown, path: string): Generator<string> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) throw wrongType(input, "a structure", path);
  for (const [name, constraint] of Object.entries(constraints)) {
    const value = (input as Readonly<Record<string, unknown>>)[name];
    yield* violationsOf(constraint, value ?? undefined, path === "" ? name : `${path}.member.${name}`);
  }
}

function* violationsOf(constraint: Constraint, value: unknown, path: string): Generator<string> {
  if (value === undefined) {
    if (constraint.required === true) yield `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
    return;
  }
  checkType(constraint, value, path);
  for (const sentence of sentences(constraint, value)) yield `Value ${shown(value)} at '${path}' failed to satisfy constraint: ${sentence}`;
  if (constraint.type === "structure") yield* structureViolations(constraint.members, value, path);
  if (constraint.type === "list")
    for (const [index, item] of (value as unknown[]).entries())
      yield* violationsOf(constraint.item, item ?? undefined, `${path}.${index + 1}`);
  if (constraint.type === "map")
    for (const [key, item] of Object.entries(value as object)) yield* violationsOf(constraint.item, item ?? undefined, `${path}.${key}`);
}

const TYPE_TESTS: Readonly<Record<Constraint["type"], { readonly test: (value: unknown) => boolean; readonly name: string }>> = {
  string: { test: (value) => typeof value === "string", name: "a string" },
  number: { test: (value) => Number.isSafeInteger(value), name: "a whole number" },
  boolean: { test: (value) => typeof value === "boolean", name: "a boolean" },
  list: { test: Array.isArray, name: "a list" },
  map: { test: (value) => typeof value === "object" && !Array.isArray(value), name: "a map" },
  structure: { test: (value) => typeof value === "object" && !Array.isArray(value), name: "a structure" },
};

function checkType(constraint: Constraint, value: unknown, path: string): void {
  const { test, name } = TYPE_TESTS[constraint.type];
  if (!test(value)) throw wrongType(value, name, path);
}

function wrongType(value: unknown, expected: string, path: string): LogsError {
  return new LogsError(
    "SerializationException",
    `${path === "" ? "The request" : `'${path}'`} must be ${expected}, not ${JSON.stringify(value) ?? "nothing"}`,
  );
}

function* sentences(constraint: Constraint, value: unknown): Generator<string> {
  if (constraint.type === "boolean" || constraint.type === "structure") return;
  const { min, max } = constraint;
  const size = constraint.type === "number" ? (value as number) : sizeOf(value);
  const measure = constraint.type === "number" ? "value" : "length";
  if (min !== undefined && size < min) yield `Member must have ${measure} greater than or equal to ${min}`;
  if (max !== undefined && size > max) yield `Member must have ${measure} less than or equal to ${max}`;
  if (constraint.type !== "string") return;
  if (constraint.pattern !== undefined && !new RegExp(`^(?:${constraint.pattern})$`).test(value as string))
    yield `Member must satisfy regular expression pattern: ${constraint.pattern}`;
  if (constraint.values !== undefined && !constraint.values.includes(value as string))
    yield `Member must satisfy enum value set: [${constraint.values.join(", ")}]`;
}

function sizeOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return Object.keys(value as object).length;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `'${text.length > 200 ? `${text.slice(0, 200)}…` : text}'`;
}
