import { invalidParameter } from "../logs-error.ts";
import { comparison, isOperator } from "./comparison.ts";
import type { Matcher } from "./filter-pattern.ts";
import { readTokens, tokenize, type TokenReader } from "./tokens.ts";

type FieldTest = (value: string) => boolean;

/**
 * `[ip, user, status_code = 4*, bytes > 1000]`: conditions on the fields of a message that are
 * separated by spaces; what stands in quotes or brackets is one field. The number of fields must
 * fit, unless `...` stands for any number of them. `a = 1 || a = 2` and `&&` combine conditions of
 * one field.
 */
export function parseFieldsPattern(text: string): Matcher {
  const reader = readTokens(tokenize(text));
  reader.expect("[");
  const tests: (FieldTest | "rest")[] = [];
  do tests.push(reader.accept("...") ? "rest" : parseField(reader));
  while (reader.accept(","));
  reader.expect("]");
  if (reader.peek() !== undefined) throw invalidParameter("Invalid filter pattern: there is text after its closing bracket.");
  const rest = tests.indexOf("rest");
  if (rest !== tests.lastIndexOf("rest")) throw invalidParameter("Invalid filter pattern: it has more than one ellipsis.");
  const before = tests.slice(0, rest === -1 ? tests.length : rest) as FieldTest[];
  const after = (rest === -1 ? [] : tests.slice(rest + 1)) as FieldTest[];
  return (message) => {
    const fields = splitFields(message);
    const needed = before.length + after.length;
    if (rest === -1 ? fields.length !== needed : fields.length < needed) return false;
    return (
      before.every((test, index) => test(fields[index]!)) &&
      after.every((test, index) => test(fields[fields.length - after.length + index]!))
    );
  };
}

function parseField(reader: TokenReader): FieldTest {
  const any = [parseAll(reader)];
  while (reader.accept("||")) any.push(parseAll(reader));
  return (value) => any.some((test) => test(value));
}

function parseAll(reader: TokenReader): FieldTest {
  const all = [parseCondition(reader)];
  while (reader.accept("&&")) all.push(parseCondition(reader));
  return (value) => all.every((test) => test(value));
}

function parseCondition(reader: TokenReader): FieldTest {
  if (reader.accept("(")) {
    const inner = parseField(reader);
    reader.expect(")");
    return inner;
  }
  const name = reader.peek();
  if (name?.kind !== "word" && name?.kind !== "selector") throw invalidParameter("Invalid filter pattern: a field's name is missing.");
  reader.take();
  const operator = reader.peek();
  if (operator?.kind !== "sign" || !isOperator(operator.text)) return () => true;
  reader.take();
  return comparison(operator.text, reader.take());
}

function splitFields(message: string): readonly string[] {
  return [...message.matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g)].map(([, quoted, bracketed, plain]) => quoted ?? bracketed ?? plain!);
}
