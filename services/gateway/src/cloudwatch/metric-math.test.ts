import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { evaluate, parseExpression, type Value } from "./metric-math.ts";

const series: Readonly<Record<string, Value>> = {
  m1: new Map([
    [1, 10],
    [2, 20],
    [3, 30],
  ]),
  m2: new Map([
    [2, 4],
    [3, 0],
    [4, 7],
  ]),
};
const valueOf = (text: string): unknown => {
  const value = evaluate(parseExpression(text, "e"), (id) => series[id]!);
  return value instanceof Map ? Object.fromEntries(value) : value;
};

test.each([
  ["m1", { 1: 10, 2: 20, 3: 30 }],
  ["m1 + 1", { 1: 11, 2: 21, 3: 31 }],
  ["100*(m1-m2)/m1", { 2: 80, 3: 100 }],
  ["m1/m2", { 2: 5 }],
  ["-m1 + 2 * m1", { 1: 10, 2: 20, 3: 30 }],
  ["2 ^ 3 ^ 2", 512],
  ["-2 ^ 2", -4],
  ["10 - 4 - 3", 3],
  ["24 / 4 / 3", 2],
  ["1.5*2", 3],
])("%s is %j", (text, expected) => expect(valueOf(text)).toEqual(expected));

test.each([
  ["SUM(METRICS())", "Lambdock does not implement SUM() of metric math yet (query e)"],
  ["IF(m1 > 2, m1)", "Lambdock does not implement IF() of metric math yet (query e)"],
  ["SEARCH('{AWS/Lambda}', 'Sum')", "Lambdock does not implement SEARCH() of metric math yet (query e)"],
  ['SELECT SUM(Errors) FROM "AWS/Lambda"', "Lambdock does not implement Metrics Insights (SELECT) yet (query e)"],
  ["m1 > 5", "Lambdock does not implement the operator > of metric math yet (query e)"],
  ["m1 AND m2", "Lambdock does not implement the operator AND of metric math yet (query e)"],
  ["m1 +", "Error in expression 'e' [it ends too early]"],
  ["(m1", "Error in expression 'e' [a parenthesis is not closed]"],
  ["m1 m2", "Error in expression 'e' [unexpected m2]"],
  ["m1 # m2", "Error in expression 'e' [unexpected #]"],
  ["M1", "Error in expression 'e' [M1 is no id]"],
  ["   ", "Error in expression 'e' [it ends too early]"],
])("%s is refused", (text, message) => expect(() => valueOf(text)).toThrow(message));

test("arithmetic agrees with JavaScript's", () => {
  const leaf = fc.integer({ min: 1, max: 9 }).map(String);
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.tuple(tie("expression"), fc.constantFrom("+", "-", "*", "/"), tie("expression")).map((parts) => parts.join(" ")),
      tie("expression").map((inner) => `(${inner})`),
    ),
  }));
  fc.assert(
    fc.property(expression, (text) => {
      // eslint-disable-next-line typescript/no-implied-eval -- the generated text has digits, operators and parentheses alone
      const expected = new Function(`return ${text}`)() as number;
      expect(Object.is(valueOf(text), expected) || Math.abs((valueOf(text) as number) - expected) < 1e-9 * Math.abs(expected)).toBe(true);
    }),
  );
});
