/**
 * Arithmetic of metric math: numbers, ids, `+ - * / ^` and parentheses. Functions, comparisons and
 * searches are refused by name.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
import { CloudWatchError, validation } from "./cloudwatch-error.ts";

/** An expression, parsed. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "negative"; readonly of: Expression }
  | { readonly kind: "operation"; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

type Operator = "+" | "-" | "*" | "/" | "^";

/** A number, or values by time (epoch milliseconds). */
export type Value = number | ReadonlyMap<number, number>;

const BINDING: Readonly<Record<Operator, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "^": 3 };
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]\w*)|(==|!=|<=|>=|&&|\|\||\S))/gy;

/** Parses the expression of a query. Throws CloudWatchError that names what is wrong, or not implemented. */
export function parseExpression(text: string, queryId: string): Expression {
  if (/^\s*SELECT\b/i.test(text)) throw unsupported("Metrics Insights (SELECT)", queryId);
  return new Parser(text, queryId).parse();
}

/** Ids that the expression needs. */
export function idsOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case "number":
      return [];
    case "id":
      return [expression.id];
    case "negative":
      return idsOf(expression.of);
    case "operation":
      return [...idsOf(expression.left), ...idsOf(expression.right)];
  }
}

/** Of two series only times that both have count; what is no number, such as x/0, has no value. */
export function evaluate(expression: Expression, valueOf: (id: string) => Value): Value {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "id":
      return valueOf(expression.id);
    case "negative":
      return combine(0, evaluate(expression.of, valueOf), (_zero, value) => -value);
    case "operation": {
      const [left, right] = [evaluate(expression.left, valueOf), evaluate(expression.right, valueOf)];
      return combine(left, right, OPERATIONS[expression.operator]);
    }
  }
}

const OPERATIONS: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
};

function combine(left: Value, right: Value, apply: (left: number, right: number) => number): Value {
  if (typeof left === "number" && typeof right === "number") return apply(left, right);
  const at = (value: Value, time: number): number | undefined => (typeof value === "number" ? value : value.get(time));
  const times = typeof left === "number" ? (right as ReadonlyMap<number, number>).keys() : left.keys();
  const values = new Map<number, number>();
  for (const time of times) {
    const [one, other] = [at(left, time), at(right, time)];
    if (one === undefined || other === undefined) continue;
    const value = apply(one, other);
    if (Number.isFinite(value)) values.set(time, value);
  }
  return values;
}

interface Token {
  readonly kind: "number" | "word" | "sign";
  readonly text: string;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #queryId: string;
  #at = 0;

  constructor(text: string, queryId: string) {
    this.#queryId = queryId;
    this.#tokens = [...text.matchAll(TOKEN)].map(([, number, word, sign]): Token => {
      if (number !== undefined) return { kind: "number", text: number };
      return word === undefined ? { kind: "sign", text: sign! } : { kind: "word", text: word };
    });
  }

  parse(): Expression {
    const expression = this.#operation(0);
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw this.#unexpected(rest);
    return expression;
  }

  /** Operators that bind more tightly than that. `^` binds to the right. */
  #operation(binding: number): Expression {
    let left = this.#operand();
    for (;;) {
      const token = this.#tokens[this.#at];
      const operator = token !== undefined && Object.hasOwn(BINDING, token.text) ? (token.text as Operator) : undefined;
      if (operator === undefined || BINDING[operator] <= binding) return left;
      this.#at += 1;
      const right = this.#operation(operator === "^" ? BINDING[operator] - 1 : BINDING[operator]);
      left = { kind: "operation", operator, left, right };
    }
  }

  #operand(): Expression {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#wrong("it ends too early");
    this.#at += 1;
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "word") return this.#word(token);
    if (token.text === "-") return { kind: "negative", of: this.#operation(BINDING["*"]) };
    if (token.text !== "(") throw this.#unexpected(token);
    const inner = this.#operation(0);
    const close = this.#tokens[this.#at];
    if (close === undefined) throw this.#wrong("a parenthesis is not closed");
    if (close.text !== ")") throw this.#unexpected(close);
    this.#at += 1;
    return inner;
  }

  #word({ text }: Token): Expression {
    if (this.#tokens[this.#at]?.text === "(") throw unsupported(`${text}() of metric math`, this.#queryId);
    if (!/^[a-z]/.test(text)) throw this.#wrong(`${text} is no id`);
    return { kind: "id", id: text };
  }

  #unexpected({ text }: Token): CloudWatchError {
    if (/^(?:[<>=!&|]+|AND|OR)$/.test(text)) return unsupported(`the operator ${text} of metric math`, this.#queryId);
    return this.#wrong(`unexpected ${text}`);
  }

  #wrong(what: string): CloudWatchError {
    return validation(`Error in expression '${this.#queryId}' [${what}]`);
  }
}

function unsupported(what: string, queryId: string): CloudWatchError {
  return new CloudWatchError(
    "NotImplemented",
    `Lambdock does not implement ${what} yet (query ${queryId}): ask for metrics with MetricStat.`,
  );
}
