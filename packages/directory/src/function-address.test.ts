import { expect, test } from "@jest/globals";
import { addressOf, idForCreation, isAliasName, unqualifiedAddressOf } from "./function-address.ts";

const scope = { accountId: "111122223333", region: "us-east-1" };
const id = { ...scope, name: "f" };
const arn = "arn:aws:lambda:us-east-1:111122223333:function:f";

test.each([
  ["f", undefined, undefined, arn],
  ["f:3", undefined, "3", `${arn}:3`],
  ["f", "$LATEST", "$LATEST", `${arn}:$LATEST`],
  ["function:f", undefined, undefined, arn],
  ["111122223333:function:f:live", undefined, "live", `${arn}:live`],
  ["us-east-1:111122223333:function:f", undefined, undefined, arn],
  ["us-east-1:111122223333:f:3", undefined, "3", `${arn}:3`],
  ["arn:aws:lambda:us-east-1:111122223333:f", undefined, undefined, arn],
  [arn, undefined, undefined, arn],
  [`${arn}:live`, "live", "live", `${arn}:live`],
])("%p with qualifier %p points at the function", (name, qualifier, expected, qualifiedArn) => {
  expect(addressOf(scope, name, qualifier)).toEqual({ id, arn: qualifiedArn, ...(expected === undefined ? {} : { qualifier: expected }) });
});

test("an incomplete ARN names a function called function", () => {
  expect(addressOf(scope, "arn:aws:lambda:us-east-1:111122223333:function").id.name).toBe("function");
});

test.each([
  ["f:1", "2", "InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier."],
  [
    "arn:aws:lambda:eu-west-1:111122223333:function:f",
    undefined,
    "ResourceNotFoundException",
    "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
  ],
  ["arn:aws:lambda:us-east-1:444455556666:function:f", undefined, "AccessDeniedException", null],
  ["444455556666:function:f", undefined, "AccessDeniedException", null],
  [
    "us-gov-west-1:111122223333:function:f",
    undefined,
    "ResourceNotFoundException",
    "Functions from 'us-gov-west-1' are not reachable in this region ('us-east-1')",
  ],
  ["f:1:2", undefined, "ValidationException", expect.stringContaining("'functionName' failed to satisfy constraint")],
])("%p with qualifier %p is refused", (name, qualifier, code, awsMessage) => {
  expect(refusalOf(() => addressOf(scope, name, qualifier))).toMatchObject({ code, awsMessage });
});

test("an operation on functions takes $LATEST for the function and refuses versions", () => {
  expect(unqualifiedAddressOf(scope, "f:$LATEST")).toEqual({ id, arn });
  expect(refusalOf(() => unqualifiedAddressOf(scope, "f:1"))).toMatchObject({ code: "InvalidParameterValueException" });
});

test.each(["f:1", "f:$LATEST", "a.b", `${arn}:x`, "invalid:function:name"])("no function can be created under %p", (name) => {
  expect(refusalOf(() => idForCreation(scope, name))).toMatchObject({ code: "ValidationException" });
});

test("a function can be created by its name or its unqualified ARN", () => {
  expect(idForCreation(scope, "f")).toEqual(id);
  expect(idForCreation(scope, arn)).toEqual(id);
  expect(idForCreation(scope, "a".repeat(64)).name).toHaveLength(64);
});

test.each([
  ["live", true],
  ["1a", true],
  ["1", false],
  ["$LATEST", false],
  ["with-$", false],
])("%p is an alias name: %p", (qualifier, alias) => {
  expect(isAliasName(qualifier)).toBe(alias);
});

function refusalOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}
