import { spawnSync } from "node:child_process";

const { ENDPOINT, TARGET = "embedded-process" } = process.env;

/** What stands above the execution environments is the same whatever they are made of: the other targets show it. */
const ABOVE_ENVIRONMENTS = [
  "account-resources",
  "async-",
  "bad-input",
  "event-source-mappings",
  "functions",
  "load",
  "metrics",
  "reserved-concurrency",
  "sources",
  "sqs-mapping",
  "stream-mapping",
  "throttles",
  "versions-aliases",
];

/** Files that this target does not run. */
function leftOut() {
  const files = TARGET === "embedded-docker" ? [...ABOVE_ENVIRONMENTS] : [];
  // What the gateway and the executor decide alike wherever they run, at the cost of minutes or of a second stack here.
  if (TARGET === "compose")
    files.push("load", "metrics", "provisioned-concurrency", "reserved-concurrency", "throttles", "versions-aliases");
  // A service in a container would have to trust the certificate that this file makes.
  if (ENDPOINT !== undefined || !TARGET.startsWith("embedded")) files.push("sources-elsewhere");
  if (!hasSnapStartPython()) files.push("snapstart");
  return files.map((name) => `/tests/e2e/${name}`);
}

/**
 * SnapStart needs Python 3.12 or later. Where functions run in containers and no image can be pulled, Lambdock's own
 * Python runtime is made of Debian 12's, which is older.
 */
function hasSnapStartPython() {
  if (TARGET === "embedded-process") return true;
  const images = ["public.ecr.aws/lambda/python:3.13", "python:3.13-slim-bookworm"];
  return images.some((image) => spawnSync("docker", ["image", "inspect", image]).status === 0);
}

/** End-to-end tests: one black-box suite, run against the target that `TARGET` or `ENDPOINT` names. */
export default {
  testMatch: ["<rootDir>/tests/e2e/**/*.e2e.test.ts"],
  testPathIgnorePatterns: leftOut(),
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "es6" } }] },
  modulePathIgnorePatterns: ["/dist/"],
  globalSetup: "<rootDir>/tests/e2e/target/global-setup.ts",
  globalTeardown: "<rootDir>/tests/e2e/target/global-teardown.ts",
  reporters: ["default", "<rootDir>/tests/e2e/target/failure-reporter.mjs"],
  maxWorkers: 2,
  testTimeout: 60_000,
};
