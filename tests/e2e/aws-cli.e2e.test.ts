/** The stock `aws` command line, pointed here by `AWS_ENDPOINT_URL`. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ACCOUNT, REGION, ROLE } from "./support/clients.ts";
import { uniqueName } from "./support/deploy.ts";
import { zipFixture, zipOf } from "./support/zip.ts";
import { endpoint, isCi } from "./target/config.ts";
import { isInstalled, mustRun, run } from "./target/command.ts";
import { testWhere } from "./support/test-where.ts";

const installed = await isInstalled("aws");
if (!installed && !isCi())
  process.stderr.write(
    "SKIPPED: the aws command is not installed; install it with `pip install awscli` to run tests/e2e/aws-cli.e2e.test.ts\n",
  );
const withCli = installed || isCi() ? test : test.skip;

const version = installed ? (await run("aws", ["--version"])).stdout : "";
/** Only version 2 has `logs tail`. */
const hasTail = version.startsWith("aws-cli/2");
/** 1.29 and 2.13 brought AWS_ENDPOINT_URL; older ones, such as Debian 12's, are told on the command line. */
const readsEndpointUrl = /^aws-cli\/(?:1\.(?:29|[3-9]\d)|2\.(?:1[3-9]|[2-9]\d))\./.test(version);
if (installed && !hasTail)
  process.stderr.write(
    "SKIPPED: `aws logs tail` needs version 2 of the aws command; FilterLogEvents, which it calls, is tested in logs.e2e.test.ts\n",
  );
const withTail = testWhere(hasTail);

const name = uniqueName("cli");
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lambdock-e2e-cli-"));
});

afterAll(async () => rm(directory, { recursive: true, force: true }));

function environment(): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint(),
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_DEFAULT_REGION: REGION,
    AWS_PAGER: "",
    AWS_MAX_ATTEMPTS: "1",
  };
}

/** Arguments in front of a command. */
const target = (): string[] => (readsEndpointUrl ? [] : ["--endpoint-url", endpoint()]);

const aws = async (...args: string[]): Promise<string> =>
  mustRun("aws", [...target(), ...args, "--output", "json"], { env: environment(), cwd: directory });

withCli(
  "create-function, wait, invoke, update-function-code, logs tail and delete-function work as documented",
  async () => {
    await writeFile(join(directory, "function.zip"), await zipFixture("version"));
    await writeFile(join(directory, "event.json"), '{"a":1}');
    const created = JSON.parse(
      await aws(
        "lambda",
        "create-function",
        "--function-name",
        name,
        "--runtime",
        "nodejs24.x",
        "--handler",
        "index.handler",
        "--role",
        ROLE,
        "--zip-file",
        "fileb://function.zip",
      ),
    ) as { State: string };
    expect(created.State).toBe("Pending");
    await aws("lambda", "wait", "function-active-v2", "--function-name", name);
    const answer = JSON.parse(
      await aws("lambda", "invoke", "--function-name", name, "--payload", "fileb://event.json", "out.json"),
    ) as object;
    expect(answer).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(JSON.parse(await readFile(join(directory, "out.json"), "utf8"))).toEqual({ version: 1, colour: null });

    await writeFile(
      join(directory, "second.zip"),
      await zipOf({ "index.mjs": "export const handler = async () => { console.log('from the second'); return 2; };" }),
    );
    await aws("lambda", "update-function-code", "--function-name", name, "--zip-file", "fileb://second.zip");
    await aws("lambda", "wait", "function-updated-v2", "--function-name", name);
    await aws("lambda", "invoke", "--function-name", name, "out.json");
    expect(await readFile(join(directory, "out.json"), "utf8")).toBe("2");

    const group = `/aws/lambda/${name}`;
    const filtered = JSON.parse(await aws("logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", "second")) as {
      events: { message: string }[];
    };
    expect(filtered.events.map((event) => event.message)).toEqual([expect.stringContaining("from the second")]);
    const groups = JSON.parse(await aws("logs", "describe-log-groups", "--log-group-name-prefix", group)) as { logGroups: object[] };
    expect(groups.logGroups).toHaveLength(1);

    await aws("lambda", "delete-function", "--function-name", name);
    const gone = await run("aws", [...target(), "lambda", "get-function", "--function-name", name], { env: environment() });
    expect(gone.status).not.toBe(0);
    expect(gone.stderr).toContain("ResourceNotFoundException");
  },
  120_000,
);

withTail(
  "`aws logs tail` prints what a function logged",
  async () => {
    const printer = uniqueName("cli-tail");
    await writeFile(join(directory, "printer.zip"), await zipFixture("printer"));
    await writeFile(join(directory, "tailed.json"), '{"text":"tailed"}');
    await aws(
      "lambda",
      "create-function",
      "--function-name",
      printer,
      "--runtime",
      "nodejs24.x",
      "--handler",
      "index.handler",
      "--role",
      ROLE,
      "--zip-file",
      "fileb://printer.zip",
    );
    await aws("lambda", "wait", "function-active-v2", "--function-name", printer);
    await aws("lambda", "invoke", "--function-name", printer, "--payload", "fileb://tailed.json", "out.json");
    const tailed = await mustRun("aws", [...target(), "logs", "tail", `/aws/lambda/${printer}`, "--since", "10m"], { env: environment() });
    expect(tailed).toContain("tailed");
    expect(tailed).toContain("REPORT RequestId:");
    await aws("lambda", "delete-function", "--function-name", printer);
  },
  120_000,
);
