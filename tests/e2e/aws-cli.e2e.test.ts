/** The stock `aws` command line as its users type it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { awsCli, cliVersion, testWithCli } from "./support/aws-cli.ts";
import { ROLE } from "./support/clients.ts";
import { uniqueName } from "./support/deploy.ts";
import { testWhere } from "./support/test-where.ts";
import { zipFixture, zipOf } from "./support/zip.ts";

/** Only version 2 has `logs tail`. */
const hasTail = cliVersion.startsWith("aws-cli/2");
if (cliVersion !== "" && !hasTail)
  process.stderr.write(
    "SKIPPED: `aws logs tail` needs version 2 of the aws command; FilterLogEvents, which it calls, is tested in logs.e2e.test.ts\n",
  );
const withCli = testWithCli("aws-cli.e2e.test.ts");
const withTail = testWhere(hasTail);

const name = uniqueName("cli");
const aws = awsCli();

withCli(
  "create-function, wait, invoke, update-function-code, logs tail and delete-function work as documented",
  async () => {
    await writeFile(join(aws.directory(), "function.zip"), await zipFixture("version"));
    await writeFile(join(aws.directory(), "event.json"), '{"a":1}');
    const created = await aws.json<{ State: string }>(
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
    );
    expect(created.State).toBe("Pending");
    await aws.json("lambda", "wait", "function-active-v2", "--function-name", name);
    const answer = await aws.json<object>("lambda", "invoke", "--function-name", name, "--payload", "fileb://event.json", "out.json");
    expect(answer).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(JSON.parse(await readFile(join(aws.directory(), "out.json"), "utf8"))).toEqual({ version: 1, colour: null });

    await writeFile(
      join(aws.directory(), "second.zip"),
      await zipOf({ "index.mjs": "export const handler = async () => { console.log('from the second'); return 2; };" }),
    );
    await aws.json("lambda", "update-function-code", "--function-name", name, "--zip-file", "fileb://second.zip");
    await aws.json("lambda", "wait", "function-updated-v2", "--function-name", name);
    await aws.json("lambda", "invoke", "--function-name", name, "out.json");
    expect(await readFile(join(aws.directory(), "out.json"), "utf8")).toBe("2");

    const group = `/aws/lambda/${name}`;
    const filtered = await aws.json<{ events: { message: string }[] }>(
      "logs",
      "filter-log-events",
      "--log-group-name",
      group,
      "--filter-pattern",
      "second",
    );
    expect(filtered.events.map((event) => event.message)).toEqual([expect.stringContaining("from the second")]);
    const groups = await aws.json<{ logGroups: object[] }>("logs", "describe-log-groups", "--log-group-name-prefix", group);
    expect(groups.logGroups).toHaveLength(1);

    await aws.json("lambda", "delete-function", "--function-name", name);
    const gone = await aws.run("lambda", "get-function", "--function-name", name);
    expect(gone.status).not.toBe(0);
    expect(gone.stderr).toContain("ResourceNotFoundException");
  },
  120_000,
);

withTail(
  "`aws logs tail` prints what a function logged",
  async () => {
    const printer = uniqueName("cli-tail");
    await writeFile(join(aws.directory(), "printer.zip"), await zipFixture("printer"));
    await writeFile(join(aws.directory(), "tailed.json"), '{"text":"tailed"}');
    await aws.json(
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
    await aws.json("lambda", "wait", "function-active-v2", "--function-name", printer);
    await aws.json("lambda", "invoke", "--function-name", printer, "--payload", "fileb://tailed.json", "out.json");
    const tailed = await aws.run("logs", "tail", `/aws/lambda/${printer}`, "--since", "10m");
    expect(tailed.stdout).toContain("tailed");
    expect(tailed.stdout).toContain("REPORT RequestId:");
    await aws.json("lambda", "delete-function", "--function-name", printer);
  },
  120_000,
);
