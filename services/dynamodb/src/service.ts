/** Amazon DynamoDB and DynamoDB Streams: dynoxide in a process of its own, started on first use, its data in a file. */
import { createRequire } from "node:module";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createBackend, type Backend } from "@lambdock/backend/backend";
import { guarded, type ChildCommand } from "@lambdock/backend/child-process";
import { createChildService } from "@lambdock/backend/child-service";
import type { Logger } from "@lambdock/kernel/logger";

export interface DynamoDbOptions {
  /** Lambdock's data directory; tables are kept in a folder of it. */
  readonly dataDirectory: string;
  readonly logger: Logger;
  /** The program dynoxide; found among the installed packages when absent. */
  readonly program?: string;
}

const CURE =
  "Its data is in the folder `dynamodb` of LAMBDOCK_DATA_DIR; LAMBDOCK_DYNAMODB_URL names another DynamoDB to use instead, such as http://127.0.0.1:8000.";
const PACKAGE = "@dynoxide/linux-x64";
const START_WITHIN_MS = 30_000;
const END_WITHIN_MS = 5_000;

/** Builds DynamoDB; nothing runs before the first request. */
export function createDynamoDb({ dataDirectory, logger, program }: DynamoDbOptions): Backend {
  const directory = join(dataDirectory, "dynamodb");
  return createBackend(
    createChildService({
      name: "DynamoDB",
      logger,
      cure: CURE,
      command: (port) => dynoxide(program ?? installed(), port, join(directory, "tables.sqlite")),
      readyPath: "/",
      startWithinMs: START_WITHIN_MS,
      endWithinMs: END_WITHIN_MS,
      prepare: async () => void (await mkdir(directory, { recursive: true })),
    }),
  );
}

function dynoxide(program: string, port: number, file: string): ChildCommand {
  return guarded({ program, args: ["serve", "--host", "127.0.0.1", "--port", String(port), "--db-path", file] });
}

/** The program, which npm installs where there is one for the platform. */
function installed(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), "dynoxide");
  } catch {
    const platform = `${process.platform}-${process.arch}`;
    throw new Error(
      `the package ${PACKAGE}, which has dynoxide for 64-bit Intel Linux, is not installed here (${platform})${platform === "linux-x64" ? ", perhaps because npm was told to omit optional packages" : ""}`,
    );
  }
}
