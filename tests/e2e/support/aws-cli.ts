/** The stock `aws` command line, pointed at the endpoint under test by `AWS_ENDPOINT_URL`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "@jest/globals";
import { endpoint, isCi } from "../target/config.ts";
import { isInstalled, mustRun, run, type Finished } from "../target/command.ts";
import { ACCOUNT, REGION } from "./clients.ts";

const installed = await isInstalled("aws");
/** `aws-cli/1.45.1 …`; empty where it is not installed. */
export const cliVersion = installed ? (await run("aws", ["--version"])).stdout : "";
/** 1.29 and 2.13 brought AWS_ENDPOINT_URL; older ones, such as Debian 12's, are told on the command line. */
const readsEndpointUrl = /^aws-cli\/(?:1\.(?:29|[3-9]\d)|2\.(?:1[3-9]|[2-9]\d))\./.test(cliVersion);

/** The command line in a directory of its own. */
export interface AwsCli {
  readonly directory: () => string;
  /** Runs `aws …` and answers its JSON output; rejects when it fails. */
  json<Answer>(...args: string[]): Promise<Answer>;
  /** Runs `aws …`, however it ends. */
  run(...args: string[]): Promise<Finished>;
}

/** A `test` that is skipped loudly where the command is missing, and fails there on the build server. */
export function testWithCli(file: string): typeof test | typeof test.skip {
  if (installed || isCi()) return test;
  process.stderr.write(`SKIPPED: the aws command is not installed; install it with \`pip install awscli\` to run tests/e2e/${file}\n`);
  return test.skip;
}

/** A command line whose directory lives as long as the test file. */
export function awsCli(): AwsCli {
  let directory = "";
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lambdock-e2e-cli-"));
  });
  afterAll(async () => rm(directory, { recursive: true, force: true }));
  const environment = (): Record<string, string> => ({
    AWS_ENDPOINT_URL: endpoint(),
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_DEFAULT_REGION: REGION,
    AWS_PAGER: "",
    AWS_MAX_ATTEMPTS: "1",
  });
  // Version 1 goes to SQS's oldest host name whatever AWS_ENDPOINT_URL says.
  const target = ([service]: readonly string[]): string[] =>
    readsEndpointUrl && !(service === "sqs" && cliVersion.startsWith("aws-cli/1")) ? [] : ["--endpoint-url", endpoint()];
  return {
    directory: () => directory,
    async json<Answer>(...args: string[]) {
      const output = await mustRun("aws", [...target(args), ...args, "--output", "json"], { env: environment(), cwd: directory });
      return (output.trim() === "" ? {} : JSON.parse(output)) as Answer;
    },
    run: async (...args) => run("aws", [...target(args), ...args], { env: environment(), cwd: directory }),
  };
}
