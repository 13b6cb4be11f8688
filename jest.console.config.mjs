import e2e from "./jest.e2e.config.mjs";

const { ENDPOINT, TARGET = "embedded-process" } = process.env;

/** The console in a true browser, against the target that `TARGET` or `ENDPOINT` names. */
export default {
  ...e2e,
  testMatch: ["<rootDir>/tests/console/**/*.console.test.ts"],
  // The load on the page is the same whatever serves it, and comes through a Redis that the test can reach.
  testPathIgnorePatterns: ENDPOINT === undefined && TARGET === "embedded-process" ? [] : ["load"],
  // One browser at a time: what is measured here is the page, not the machine.
  maxWorkers: 1,
  testTimeout: 120_000,
};
