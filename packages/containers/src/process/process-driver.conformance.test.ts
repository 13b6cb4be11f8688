import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { describeModules } from "../testing/conformance/modules.ts";
import { describeSandboxDriver, type DriverMaker } from "../testing/conformance/sandbox-driver.ts";
import { createProcessDriver } from "./process-driver.ts";

const data = mkdtempSync(join(tmpdir(), "lambdock-process-conformance-"));
afterAll(() => rm(data, { recursive: true, force: true }));

const makeDriver: DriverMaker = (runtimeApi, owner) =>
  createProcessDriver({
    dataDirectory: join(data, owner),
    runtimeApi,
    interpreters: {},
    searchPath: process.env["PATH"] ?? "",
    region: "us-east-1",
    logger: createLogger("conformance", "error"),
  });

describeSandboxDriver("the child-process driver", makeDriver, {
  readOnlyCode: false,
  takeAway: ({ id }) => rm(join(data, "conformance", "run", id), { recursive: true }),
});
describeModules("child processes", makeDriver);
