import { expect, test } from "@jest/globals";
import { changedSince } from "./function-states.ts";

const revision = (FunctionName: string, RevisionId: string) => ({
  FunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`,
  FunctionName,
  RevisionId,
});

test("a function is asked for its state when it is new and when it has changed, and not again", () => {
  const known = new Map([revision("same", "1"), revision("changed", "1")].map((each) => [each.FunctionArn, each]));
  const listed = [revision("same", "1"), revision("changed", "2"), revision("new", "1")];
  expect(changedSince(listed, known).map(({ FunctionName }) => FunctionName)).toEqual(["changed", "new"]);
});
