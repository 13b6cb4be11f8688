/** Unit and adapter tests: beside the code, run from the sources (no build step); those that need a Docker engine have a group of their own. */
export default {
  testMatch: ["<rootDir>/packages/*/src/**/*.test.ts", "<rootDir>/services/*/src/**/*.test.ts"],
  testPathIgnorePatterns: ["\\.engine\\.test\\.ts$"],
  testEnvironment: "node",
  testEnvironmentOptions: { customExportConditions: ["source", "node", "node-addons"] },
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "es6" } }] },
  modulePathIgnorePatterns: ["/dist/"],
  // Most of them wait for something: two at a time also where jest would run one.
  maxWorkers: 2,
  testTimeout: 90_000,
};
