import { InvalidPattern } from "./invalid-pattern.ts";
import { foldCase, type Leaf, type LeafTest } from "./leaf.ts";
import { compileWildcard } from "./wildcard.ts";

/**
 * Compiles `anything-but`: a value or a list of values of one type, or `prefix`, `suffix`,
 * `equals-ignore-case` or `wildcard` with a text or a list of texts. Throws {@link InvalidPattern}.
 */
export function compileAnythingBut(operand: unknown): LeafTest {
  if (Array.isArray(operand)) return notOneOf(listOf(operand));
  if (typeof operand === "object" && operand !== null) return notLike(operand as Readonly<Record<string, unknown>>);
  if (typeof operand === "string" || typeof operand === "number") return notOneOf([operand]);
  throw new InvalidPattern("Value of anything-but must be an array or single string/number value.");
}

function listOf(values: readonly unknown[]): readonly (string | number)[] {
  if (!values.every((value) => typeof value === "string" || typeof value === "number"))
    throw new InvalidPattern("Inside anything but list, start|null|boolean is not supported.");
  if (new Set(values.map((value) => typeof value)).size !== 1)
    throw new InvalidPattern("Inside anything but list, either all values are number or string, mixed type is not supported");
  return values;
}

function notOneOf(values: readonly (string | number)[]): LeafTest {
  const excluded = new Set<Leaf>(values);
  return (value) => !excluded.has(value);
}

function notLike(operand: Readonly<Record<string, unknown>>): LeafTest {
  const [operator, ...others] = Object.keys(operand);
  if (operator === undefined) throw new InvalidPattern("Anything-But expression name not found");
  const compile = Object.hasOwn(SHAPES, operator) ? SHAPES[operator] : undefined;
  if (compile === undefined) throw new InvalidPattern(`Unsupported anything-but pattern: ${operator}`);
  if (others.length > 0) throw new InvalidPattern("Too many elements in numeric expression");
  const given = operand[operator];
  if (!Array.isArray(given) && typeof given !== "string" && typeof given !== "number")
    throw new InvalidPattern("Value of anything-but must be an array or single string/number value.");
  const excluded = (Array.isArray(given) ? given : [given]).map((text) => compile(text));
  return (value) => typeof value !== "string" || !excluded.some((matches) => matches(value));
}

type TextTest = (value: string) => boolean;

const SHAPES: Readonly<Partial<Record<string, (text: unknown) => TextTest>>> = {
  prefix(text) {
    const prefix = affixOf(text);
    return (value) => value.startsWith(prefix);
  },
  suffix(text) {
    const suffix = affixOf(text);
    return (value) => value.endsWith(suffix);
  },
  "equals-ignore-case"(text) {
    if (typeof text !== "string")
      throw new InvalidPattern("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.");
    const folded = foldCase(text);
    return (value) => foldCase(value) === folded;
  },
  wildcard(text) {
    if (typeof text !== "string") throw new InvalidPattern("wildcard match pattern must be a string");
    return compileWildcard(text);
  },
};

function affixOf(text: unknown): string {
  if (typeof text !== "string") throw new InvalidPattern("prefix/suffix match pattern must be a string");
  if (text === "") throw new InvalidPattern("Null prefix/suffix not allowed");
  return text;
}
