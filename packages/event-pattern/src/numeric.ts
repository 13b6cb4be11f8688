import { InvalidPattern } from "./invalid-pattern.ts";

/** Compiles `["=", n]`, `["<", n]` and the like, or a range `[">", a, "<=", b]`. Throws {@link InvalidPattern}. */
export function compileNumeric(terms: unknown): (value: number) => boolean {
  if (!Array.isArray(terms)) throw new InvalidPattern("Value of numeric must be an array.");
  const [operator, bound, second, top, ...rest] = terms as readonly unknown[];
  if (typeof operator !== "string") throw new InvalidPattern(`Invalid member in numeric match: ${shown(operator)}`);
  const compare = comparison(operator);
  if (compare === undefined) throw new InvalidPattern(`Unrecognized numeric range operator: ${operator}`);
  const limit = requireNumber(bound, operator === "=" ? "equals" : operator);
  if (terms.length === 2) return (value) => compare(value, limit);
  if (!operator.startsWith(">")) throw new InvalidPattern("Too many elements in numeric expression");
  if (typeof second !== "string") throw new InvalidPattern(`Bad value in numeric range: ${shown(second)}`);
  if (second !== "<" && second !== "<=") throw new InvalidPattern(`Bad numeric range operator: ${second}`);
  const ceiling = requireNumber(top, second);
  if (rest.length > 0) throw new InvalidPattern("Too many terms in numeric range expression");
  if (limit >= ceiling) throw new InvalidPattern("Bottom must be less than top");
  const below = comparison(second)!;
  return (value) => compare(value, limit) && below(value, ceiling);
}

function comparison(operator: string): ((value: number, bound: number) => boolean) | undefined {
  switch (operator) {
    case "=":
      return (value, bound) => value === bound;
    case "<":
      return (value, bound) => value < bound;
    case "<=":
      return (value, bound) => value <= bound;
    case ">":
      return (value, bound) => value > bound;
    case ">=":
      return (value, bound) => value >= bound;
    default:
      return undefined;
  }
}

function requireNumber(value: unknown, operator: string): number {
  if (typeof value !== "number") throw new InvalidPattern(`Value of ${operator} must be numeric`);
  if (!Number.isFinite(value)) throw new InvalidPattern(`Cannot compare number : ${value}`);
  return value;
}

function shown(value: unknown): string {
  return value === undefined
    ? "]"
    : typeof value === "object" && value !== null
      ? Array.isArray(value)
        ? "["
        : "{"
      : String(value as string | number | boolean | null);
}
