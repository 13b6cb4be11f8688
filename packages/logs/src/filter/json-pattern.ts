import { invalidParameter } from "../logs-error.ts";
import { comparison, isOperator, type Comparison } from "./comparison.ts";
import type { Matcher } from "./filter-pattern.ts";
import { parseSelector, type Selector } from "./json-selector.ts";
import { readTokens, tokenize, type TokenReader } from "./tokens.ts";

type Condition = (document: unknown) => boolean;

/** Parentheses that may nest. */
const DEPTH_MAX = 50;

/**
 * `{ ($.user.id = 1 || $.tags[*] = "a*") && $.error IS NULL }`: conditions on a message that is a
 * JSON object or array; any other message does not match. `!=` does not hold for an absent field.
 */
export function parseJsonPattern(text: string): Matcher {
  const reader = readTokens(tokenize(text));
  reader.expect("{");
  const condition = parseOr(reader, 0);
  reader.expect("}");
  if (reader.peek() !== undefined) throw invalidParameter("Invalid filter pattern: there is text after its closing brace.");
  return (message) => {
    const document = parseDocument(message);
    return document !== undefined && condition(document);
  };
}

function parseDocument(message: string): unknown {
  if (!/^\s*[[{]/.test(message)) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function parseOr(reader: TokenReader, depth: number): Condition {
  const conditions = [parseAnd(reader, depth)];
  while (reader.accept("||")) conditions.push(parseAnd(reader, depth));
  return (document) => conditions.some((condition) => condition(document));
}

function parseAnd(reader: TokenReader, depth: number): Condition {
  const conditions = [parseTerm(reader, depth)];
  while (reader.accept("&&")) conditions.push(parseTerm(reader, depth));
  return (document) => conditions.every((condition) => condition(document));
}

function parseTerm(reader: TokenReader, depth: number): Condition {
  if (depth > DEPTH_MAX) throw invalidParameter("Invalid filter pattern: too many parentheses.");
  if (reader.accept("(")) {
    const condition = parseOr(reader, depth + 1);
    reader.expect(")");
    return condition;
  }
  const token = reader.take();
  if (token.kind !== "selector")
    throw invalidParameter(`Invalid filter pattern: a selector such as $.name expected instead of ${JSON.stringify(token.text)}.`);
  return parseTest(reader, parseSelector(token.text));
}

function parseTest(reader: TokenReader, select: Selector): Condition {
  if (reader.accept("IS")) return parseIs(reader, select);
  if (reader.accept("NOT")) {
    reader.expect("EXISTS");
    return (document) => select(document).length === 0;
  }
  if (reader.accept("EXISTS")) return (document) => select(document).length > 0;
  const operator = reader.take();
  if (operator.kind !== "sign" || !isOperator(operator.text))
    throw invalidParameter(`Invalid filter pattern: an operator expected instead of ${JSON.stringify(operator.text)}.`);
  const compare = comparison(operator.text, reader.take());
  return (document) => select(document).some((value) => holds(compare, value));
}

function parseIs(reader: TokenReader, select: Selector): Condition {
  const words = [
    ["NULL", null],
    ["TRUE", true],
    ["FALSE", false],
  ] as const;
  const found = words.find(([word]) => reader.accept(word));
  if (found === undefined) throw invalidParameter("Invalid filter pattern: IS is followed by NULL, TRUE or FALSE.");
  return (document) => select(document).some((value) => value === found[1]);
}

function holds(compare: Comparison, value: unknown): boolean {
  // "= *" asks for presence: anything that is there has a text.
  return compare(typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value));
}
