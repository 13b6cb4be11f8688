import { compileAnythingBut } from "./anything-but.ts";
import { InvalidPattern } from "./invalid-pattern.ts";
import { parseCidr, parseIpAddress, sameAddress } from "./ip-address.ts";
import { foldCase, type LeafTest } from "./leaf.ts";
import { compileNumeric } from "./numeric.ts";
import { compileWildcard } from "./wildcard.ts";

/** One element of a pattern's array; `absent`: matches when the field is not there. */
export type Matcher = "absent" | LeafTest;

/** Compiles an element; throws {@link InvalidPattern} in event-ruler's words. */
export function compileMatcher(element: unknown): Matcher {
  if (typeof element === "string") return exactly(element);
  if (typeof element === "number" || typeof element === "boolean" || element === null) return (value) => value === element;
  if (Array.isArray(element)) throw new InvalidPattern("Match value must be String, number, true, false, or null");
  return compileOperator(element as Readonly<Record<string, unknown>>);
}

/** An address is equal however it is spelt (`::1` and `0:0:0:0:0:0:0:1`). */
function exactly(text: string): LeafTest {
  const address = parseIpAddress(text);
  if (address === undefined) return (value) => value === text;
  return (value) => {
    const other = typeof value === "string" ? parseIpAddress(value) : undefined;
    return other !== undefined && sameAddress(address, other);
  };
}

function compileOperator(expression: Readonly<Record<string, unknown>>): Matcher {
  const [name, ...others] = Object.keys(expression);
  if (name === undefined) throw new InvalidPattern("Match expression name not found");
  const compile = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (compile === undefined) throw new InvalidPattern(`Unrecognized match type ${name}`);
  const matcher = compile(expression[name]);
  if (others.length > 0) throw new InvalidPattern("Only one key allowed in match expression");
  return matcher;
}

const OPERATORS: Readonly<Partial<Record<string, (operand: unknown) => Matcher>>> = {
  // event-ruler's own name for an exact text.
  exactly: (operand) => onText(requireText(operand, "exact"), (value, text) => value === text),
  prefix: (operand) => affix(operand, "prefix", (value, text) => value.startsWith(text)),
  suffix: (operand) => affix(operand, "suffix", (value, text) => value.endsWith(text)),
  "equals-ignore-case": (operand) => onFolded(requireText(operand, "equals-ignore-case"), (value, text) => value === text),
  wildcard(operand) {
    const matches = compileWildcard(requireText(operand, "wildcard"));
    return (value) => typeof value === "string" && matches(value);
  },
  numeric(operand) {
    const matches = compileNumeric(operand);
    return (value) => typeof value === "number" && matches(value);
  },
  "anything-but": compileAnythingBut,
  exists(operand) {
    if (typeof operand !== "boolean") throw new InvalidPattern("exists match pattern must be either true or false.");
    return operand ? () => true : "absent";
  },
  cidr(operand) {
    // The wrong noun is event-ruler's.
    const within = parseCidr(requireText(operand, "prefix"));
    return (value) => {
      const address = typeof value === "string" ? parseIpAddress(value) : undefined;
      return address !== undefined && within(address);
    };
  },
};

type Compare = (value: string, text: string) => boolean;

function affix(operand: unknown, name: "prefix" | "suffix", compare: Compare): LeafTest {
  if (typeof operand !== "object" || operand === null || Array.isArray(operand)) return onText(requireText(operand, name), compare);
  const [operator, ...others] = Object.keys(operand);
  const title = name === "prefix" ? "Prefix" : "Suffix";
  if (operator === undefined) throw new InvalidPattern(`${title} expression name not found`);
  if (operator !== "equals-ignore-case") throw new InvalidPattern(`Unsupported ${name} pattern: ${operator}`);
  if (others.length > 0) throw new InvalidPattern("Only one key allowed in match expression");
  return onFolded(requireText((operand as Readonly<Record<string, unknown>>)[operator], operator), compare);
}

function onText(text: string, compare: Compare): LeafTest {
  return (value) => typeof value === "string" && compare(value, text);
}

function onFolded(text: string, compare: Compare): LeafTest {
  const folded = foldCase(text);
  return (value) => typeof value === "string" && compare(foldCase(value), folded);
}

function requireText(operand: unknown, name: string): string {
  if (typeof operand !== "string") throw new InvalidPattern(`${name} match pattern must be a string`);
  return operand;
}
