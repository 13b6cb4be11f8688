import { expect, test } from "@jest/globals";
import { decodeReference, encodeReference, managedRuntime } from "./runtime-image.ts";

test.each([
  ["nodejs24.x", "nodejs:24", "node:24-bookworm-slim"],
  ["python3.13", "python:3.13", "python:3.13-slim-bookworm"],
  ["provided.al2023", "provided:al2023", "debian:bookworm-slim"],
  ["provided.al2", "provided:al2", "debian:bookworm-slim"],
  ["java8.al2", "java:8.al2", undefined],
  ["java21", "java:21", undefined],
  ["dotnet8", "dotnet:8", undefined],
  ["ruby3.3", "ruby:3.3", undefined],
])("%s is AWS's %s, or Lambdock's own from %s", (runtime, awsTag, baseImage) => {
  expect(managedRuntime(runtime)?.awsTag).toBe(awsTag);
  expect(managedRuntime(runtime)?.own?.baseImage).toBe(baseImage);
});

test("knows no image for names that AWS doesn't have", () => {
  for (const runtime of ["nodejs", "nodejs24", "go1.x", "python4", "provided", ""]) expect(managedRuntime(runtime)).toBeUndefined();
});

test("a reference survives being written down", () => {
  expect(decodeReference(encodeReference("own", "sha256:abc"))).toEqual({ use: "own", id: "sha256:abc" });
  expect(() => decodeReference("/usr/bin/node")).toThrow(/not a reference of the Docker driver/);
});
