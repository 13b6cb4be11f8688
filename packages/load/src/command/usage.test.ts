import { expect, test } from "@jest/globals";
import { endpointOf, readArguments, seedOf, UsageError } from "./usage.ts";

const OPTIONS = { endpoint: { type: "string" }, seed: { type: "string" }, compare: { type: "boolean" } } as const;

test.each([
  [["--bogus"], "--bogus is no option; options: --endpoint, --seed, --compare."],
  [["--sed", "3"], "--sed is no option; did you mean --seed?"],
  [["--seed"], "--seed needs a value; one that begins with a dash is written --seed=-…."],
  [["--seed", "-1"], "--seed needs a value; one that begins with a dash is written --seed=-…."],
  [["--compare=yes"], "--compare takes no value."],
])("the arguments %j are refused with one sentence", (args, sentence) => {
  expect(() => readArguments(args, OPTIONS)).toThrow(new UsageError(sentence));
});

test.each(["http://127.0.0.1:4566", "https://lambdock.example/", "http://[::1]:4566"])("%s is an endpoint", (text) => {
  expect(endpointOf(text)).toBe(text.replace(/\/$/, ""));
});

test.each(["localhost:4566", "4566", "ftp://x", "http://a:b@x", "http://x/_lambdock", "http://x?y", ""])("%s is none", (text) => {
  expect(() => endpointOf(text)).toThrow(/^--endpoint must be http:\/\/ or https:\/\/, a host and a port, such as \S+ and is /);
});

test("a seed is a whole number of 32 bits", () => {
  expect([seedOf(undefined), seedOf("0"), seedOf("4294967295")]).toEqual([undefined, 0, 4_294_967_295]);
  for (const text of ["", "-1", "1.5", "4294967296", "0x10"]) expect(() => seedOf(text)).toThrow("--seed must be a whole number");
});
