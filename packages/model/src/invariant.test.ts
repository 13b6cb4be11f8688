import { expect, test } from "@jest/globals";
import { invariant, InvariantViolation } from "@lambdock/model/invariant";

test("a broken invariant throws its sentence", () => {
  expect(() => invariant(false, "two owners")).toThrow(new InvariantViolation("two owners"));
});
