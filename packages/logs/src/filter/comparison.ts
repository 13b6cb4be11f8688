import { invalidParameter } from "../logs-error.ts";
import type { Token } from "./tokens.ts";

export type Operator = "=" | "!=" | ">" | ">=" | "<" | "<=";
const OPERATORS: readonly string[] = ["=", "!=", ">", ">=", "<", "<="];

/** A value to compare a field's text with. */
export type Comparison = (value: string | number) => boolean;

/** True for the text of a comparison operator. */
export function isOperator(text: string): text is Operator {
  return OPERATORS.includes(text);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Compares with what the pattern says: numbers by value, text exactly or with `*` for anything.
 * Greater and smaller are only for numbers.
 */
export function comparison(operator: Operator, token: Token): Comparison {
  if (token.kind === "sign" || token.kind === "selector")
    throw invalidParameter(`Invalid filter pattern: ${JSON.stringify(token.text)} is no value.`);
  const number = token.kind === "word" && NUMBER.test(token.text) ? Number(token.text) : undefined;
  if (operator === "=") return equals(token.text, number);
  if (operator === "!=") {
    const equal = equals(token.text, number);
    return (value) => !equal(value);
  }
  if (number === undefined)
    throw invalidParameter(`Invalid filter pattern: ${operator} needs a number, not ${JSON.stringify(token.text)}.`);
  return (value) => {
    const actual = asNumber(value);
    return actual !== undefined && ordered(operator, actual, number);
  };
}

function equals(text: string, number: number | undefined): Comparison {
  if (number !== undefined) return (value) => asNumber(value) === number;
  const matches = wildcard(text);
  return (value) => matches(String(value));
}

function ordered(operator: ">" | ">=" | "<" | "<=", left: number, right: number): boolean {
  if (operator === ">") return left > right;
  if (operator === ">=") return left >= right;
  return operator === "<" ? left < right : left <= right;
}

function asNumber(value: string | number): number | undefined {
  if (typeof value === "number") return value;
  return NUMBER.test(value) ? Number(value) : undefined;
}

/** `*` stands for any text. Linear in the text: pieces are looked for from left to right. */
function wildcard(pattern: string): (text: string) => boolean {
  const pieces = pattern.split("*");
  if (pieces.length === 1) return (text) => text === pattern;
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  const middle = pieces.slice(1, -1);
  return (text) => {
    if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}
