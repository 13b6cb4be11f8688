/**
 * The front end's constraint check. One text for all violations of a request:
 * `N validation errors detected: Value '…' at 'path' failed to satisfy constraint: …; …` [recorded].
 * Elements and keys of lists and maps are reported once per collection, with every constraint of
 * the element: `Member must satisfy constraint: [Member must satisfy enum value set: [x86_64,
 * arm64], Member must not be null]` [recorded]; keys are never null, and not said to be.
 */
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { ApiModel, ListShape, MapShape, Shape, StructureShape } from "./api-model.ts";
import { javaDouble, scalarConstraints, sizeConstraints } from "./scalar-constraints.ts";

/** Members that the operation itself checks, with texts of its own [recorded]. */
const CHECKED_BY_OPERATION: ReadonlySet<string> = new Set([
  "CreateFunctionRequest.Runtime",
  "UpdateFunctionConfigurationRequest.Runtime",
  // Streams of a local DynamoDB have ARNs whose region is none of AWS's.
  "CreateEventSourceMappingRequest.EventSourceArn",
  "ListEventSourceMappingsRequest.EventSourceArn",
]);

/** Lists of which only the length is checked here, for the same reason. */
const ELEMENTS_CHECKED_BY_OPERATION: ReadonlySet<string> = new Set([
  "PublishLayerVersionRequest.CompatibleArchitectures",
  "PublishLayerVersionRequest.CompatibleRuntimes",
]);

/** Throws ValidationException when the decoded input of an operation breaks a constraint of the model. */
export function checkConstraints(model: ApiModel, operation: string, input: Readonly<Record<string, unknown>>): void {
  const shapeName = model.operations[operation]?.input;
  if (shapeName === undefined) return;
  const violations: string[] = [];
  checkStructure({ model, report: (violation) => violations.push(violation) }, shapeName, { path: "", value: input });
  if (violations.length > 0) throw validationError(violations);
}

/** 400 ValidationException over one or more `Value … at … failed to satisfy constraint: …`. */
export function validationError(violations: readonly string[]): AwsError {
  const noun = violations.length === 1 ? "error" : "errors";
  return new AwsError("ValidationException", `${violations.length} validation ${noun} detected: ${violations.join("; ")}`);
}

/** `Value 'v' at 'path' failed to satisfy constraint: …`. */
export function violation(at: Located, constraint: string, sensitive?: boolean): string {
  const value = at.value === undefined || at.value === null ? " null" : sensitive === true ? "" : ` '${render(at.value)}'`;
  return `Value${value} at '${at.path}' failed to satisfy constraint: ${constraint}`;
}

interface Check {
  readonly model: ApiModel;
  readonly report: (violation: string) => void;
}

interface Located {
  readonly path: string;
  readonly value: unknown;
}

function checkStructure(check: Check, shapeName: string, at: Located): void {
  const shape = check.model.shapes[shapeName] as StructureShape;
  const values = at.value as Readonly<Record<string, unknown>>;
  for (const [name, member] of Object.entries(shape.members)) {
    const located = { path: at.path === "" ? lowerFirst(name) : `${at.path}.${lowerFirst(name)}`, value: values[name] };
    if (located.value === undefined) {
      if (shape.required?.includes(name) === true) check.report(violation(located, "Member must not be null"));
    } else if (ELEMENTS_CHECKED_BY_OPERATION.has(`${shapeName}.${name}`)) {
      const list = check.model.shapes[member.shape] as ListShape;
      checkSize(check, list, { ...located, size: (located.value as readonly unknown[]).length });
    } else if (!CHECKED_BY_OPERATION.has(`${shapeName}.${name}`)) {
      checkValue(check, member.shape, located);
    }
  }
}

function checkValue(check: Check, shapeName: string, at: Located): void {
  const shape = check.model.shapes[shapeName];
  if (shape === undefined) return;
  switch (shape.type) {
    case "boolean":
    case "timestamp":
      return;
    case "structure":
      return checkStructure(check, shapeName, at);
    case "list":
      return checkList(check, shape, at);
    case "map":
      return checkMap(check, shape, at);
    default:
      for (const constraint of scalarConstraints(shape))
        if (!constraint.holds(at.value)) check.report(violation(at, constraint.text, shape.sensitive));
  }
}

function checkList(check: Check, shape: ListShape, at: Located): void {
  const items = at.value as readonly unknown[];
  checkSize(check, shape, { ...at, size: items.length });
  checkElements(check, { shapeName: shape.member, noun: "Member", items, sensitive: shape.sensitive }, at);
  if (!isNested(check.model.shapes[shape.member])) return;
  for (const [index, value] of items.entries())
    if (value !== null) checkValue(check, shape.member, { path: `${at.path}.${index + 1}.member`, value });
}

function checkMap(check: Check, shape: MapShape, at: Located): void {
  const entries = Object.entries(at.value as Readonly<Record<string, unknown>>);
  checkSize(check, shape, { ...at, size: entries.length });
  const shown = check.model.shapes[shape.value]?.type === "double" ? { ...at, value: withJavaDoubles(entries) } : at;
  checkElements(check, { shapeName: shape.key, noun: "Map keys", items: entries.map(([key]) => key), sensitive: shape.sensitive }, shown);
  checkElements(
    check,
    { shapeName: shape.value, noun: "Map value", items: entries.map(([, value]) => value), sensitive: shape.sensitive },
    shown,
  );
  if (!isNested(check.model.shapes[shape.value])) return;
  for (const [key, value] of entries) if (value !== null) checkValue(check, shape.value, { path: `${at.path}.${key}.member`, value });
}

function withJavaDoubles(entries: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === "number" ? javaDouble(value) : value]));
}

function checkSize(check: Check, shape: ListShape | MapShape, at: Located & { readonly size: number }): void {
  for (const constraint of sizeConstraints(shape))
    if (!constraint.holds(at.size)) check.report(violation(at, constraint.text, shape.sensitive));
}

interface Elements {
  readonly shapeName: string;
  readonly noun: "Member" | "Map keys" | "Map value";
  readonly items: readonly unknown[];
  readonly sensitive: true | undefined;
}

function checkElements(check: Check, { shapeName, noun, items, sensitive }: Elements, at: Located): void {
  const shape = check.model.shapes[shapeName];
  if (shape === undefined) return;
  const constraints = isScalar(shape) ? scalarConstraints(shape) : [];
  if (items.every((item) => item !== null && constraints.every(({ holds }) => holds(item)))) return;
  const texts = [...constraints.map(({ text }) => text), ...(noun === "Map keys" ? [] : ["Member must not be null"])];
  check.report(violation(at, `${noun} must satisfy constraint: [${texts.join(", ")}]`, sensitive ?? shape.sensitive));
}

function isNested(shape: Shape | undefined): boolean {
  return shape?.type === "structure" || shape?.type === "list" || shape?.type === "map";
}

function isScalar(shape: Shape): shape is Extract<Shape, { type: "string" | "integer" | "long" | "double" | "blob" }> {
  return !isNested(shape) && shape.type !== "boolean" && shape.type !== "timestamp";
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** A value as AWS's front end (Java) prints it. */
function render(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(render).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `java.nio.HeapByteBuffer[pos=0 lim=${value.byteLength} cap=${value.byteLength}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${render(item)}`)
    .join(", ")}}`;
}
