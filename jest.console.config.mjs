import e2e from "./jest.e2e.config.mjs";

const { ENDPOINT, TARGET = "embedded-process" } = process.env;

/** The load on the page is the same whatever serves it, and comes through a Redis that the test can reach; so is the tour in compose. */
function leftOut() {
  if (ENDPOINT !== undefined) return ["load"];
  return TARGET === "embedded-process" ? [] : ["load", "tour"];
}

/** The console in a true browser, against the target that `TARGET` or `ENDPOINT` names. */
export default {
  ...e2e,
  testMatch: ["<rootDir>/tests/console/**/*.console.test.ts"],
  testPathIgnorePatterns: leftOut(),
  // One browser at a time: what is measured here is the page, not the machine.
  maxWorkers: 1,
  testTimeout: 120_000,
};
