import { expect, test } from "@jest/globals";
import { BUILT_IN_RUNTIMES, CURRENT_RUNTIMES, DEPRECATED_RUNTIMES, runtimeStanding, supportsSnapStart } from "@lambdock/model/runtimes";

test("no runtime is both current and deprecated", () => {
  expect(CURRENT_RUNTIMES.filter((runtime) => DEPRECATED_RUNTIMES.includes(runtime))).toEqual([]);
});

test("every runtime that Lambdock runs itself is current at AWS", () => {
  expect(BUILT_IN_RUNTIMES.filter((runtime) => runtimeStanding(runtime) !== "current")).toEqual([]);
});

test.each([
  ["nodejs24.x", "current"],
  ["java21", "current"],
  ["nodejs14.x", "deprecated"],
  ["go1.x", "deprecated"],
  ["PYTHON3.9", "unknown"],
  ["", "unknown"],
])("AWS's standing of %p is %p", (runtime, standing) => {
  expect(runtimeStanding(runtime)).toBe(standing);
});

test("SnapStart is for Java, newer Python and newer .NET", () => {
  expect(["java17", "java25", "python3.12", "python3.14", "dotnet8"].filter(supportsSnapStart)).toHaveLength(5);
  expect(["nodejs24.x", "python3.11", "java8.al2", "provided.al2023", "dotnet6"].filter(supportsSnapStart)).toEqual([]);
});
