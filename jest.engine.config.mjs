import unit from "./jest.config.mjs";

/** Tests beside the code that make containers: one file at a time, since an old engine stalls when networks come and go at once. */
export default {
  ...unit,
  testMatch: ["<rootDir>/packages/*/src/**/*.engine.test.ts"],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
};
