import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { describeSandboxDriver } from "../conformance.ts";
import { createProcessDriver } from "./process-driver.ts";

const data = mkdtempSync(join(tmpdir(), "lambdock-process-conformance-"));
afterAll(() => rm(data, { recursive: true, force: true }));

describeSandboxDriver(
  "the child-process driver",
  (runtimeApi, owner) =>
    createProcessDriver({
      dataDirectory: join(data, owner),
      runtimeApi,
      interpreters: {},
      searchPath: process.env["PATH"] ?? "",
      region: "us-east-1",
      logger: createLogger("conformance", "error"),
    }),
  {
    readOnlyCode: false,
    takeAway: ({ id }) => rm(join(data, "conformance", "run", id), { recursive: true }),
  },
);
