/** SnapStart as a user sees it: publishing, hooks, logs and errors. runtime-api.md 7. */
import { expect, test } from "@jest/globals";
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PublishVersionCommand,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { lambdaClient, logsClient } from "./support/clients.ts";
import { createDeployer } from "./support/deploy.ts";
import { messagesAfter } from "./support/log-events.ts";
import { zipOf } from "./support/zip.ts";
import { until } from "./target/wait.ts";

const client = lambdaClient();
const logs = logsClient();
const deploy = createDeployer(client);

const HOOKS = `
import os
from snapshot_restore_py import register_before_snapshot, register_after_restore
seen = []
register_before_snapshot(seen.append, "before")
register_after_restore(seen.append, "after")
def handler(event, context):
  return {"seen": seen, "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], "stream": os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")}
`;

/** Publishes version 1 of Python code with SnapStart, and waits for what becomes of it. */
async function published(code: string) {
  const FunctionName = await deploy({
    code: { ZipFile: await zipOf({ "index.py": code }) },
    Runtime: "python3.13",
    SnapStart: { ApplyOn: "PublishedVersions" },
    MemorySize: 256,
    Timeout: 10,
  });
  await client.send(new PublishVersionCommand({ FunctionName }));
  const configuration = await until("the version to be optimized", async () => {
    const now = await client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: "1" }));
    return now.State === "Pending" ? undefined : now;
  });
  return { FunctionName, configuration };
}

test("a version is initialized when it is published, and restored when it is invoked", async () => {
  const { FunctionName, configuration } = await published(HOOKS);
  expect(configuration).toMatchObject({ State: "Active", SnapStart: { ApplyOn: "PublishedVersions", OptimizationStatus: "On" } });
  const first = await client.send(new InvokeCommand({ FunctionName, Qualifier: "1" }));
  expect(JSON.parse(Buffer.from(first.Payload!).toString())).toEqual({ seen: ["before", "after"], type: "snap-start", stream: null });
  const messages = await messagesAfter(logs, FunctionName, first.$metadata.requestId!);
  expect(messages).toContainEqual(expect.stringMatching(/^INIT_REPORT Init Duration: .* ms\tPhase: init\tStatus: success\n$/));
  expect(messages).toContainEqual(expect.stringMatching(/^RESTORE_START Runtime Version: python:3/));
  expect(messages).toContainEqual(expect.stringMatching(/^RESTORE_REPORT Restore Duration: [\d.]+ ms\n$/));
  expect(messages).toContainEqual(expect.stringMatching(/^REPORT .*\tRestore Duration: [\d.]+ ms\tBilled Restore Duration: \d+ ms\t\n$/));
});

test("$LATEST is not restored", async () => {
  const { FunctionName } = await published(HOOKS);
  const { Payload } = await client.send(new InvokeCommand({ FunctionName }));
  expect(JSON.parse(Buffer.from(Payload!).toString())).toMatchObject({ seen: [], type: "on-demand" });
});

test("a version whose init fails is Failed", async () => {
  const { configuration } = await published(`raise ValueError("no")\n`);
  expect(configuration).toMatchObject({ State: "Failed", StateReasonCode: "FunctionError.RuntimeInitError" });
});

test("a hook that fails after the restore is SnapStartException", async () => {
  const { FunctionName } = await published(`
from snapshot_restore_py import register_after_restore
register_after_restore(lambda: 1 / 0)
def handler(event, context):
  return 1
`);
  await expect(client.send(new InvokeCommand({ FunctionName, Qualifier: "1" }))).rejects.toMatchObject({
    name: "SnapStartException",
    $metadata: { httpStatusCode: 400 },
  });
});

test("a version is waited for as on AWS", async () => {
  const FunctionName = await deploy({ fixture: "python", Runtime: "python3.13", SnapStart: { ApplyOn: "PublishedVersions" } });
  const { Version = "", SnapStart } = await client.send(new PublishVersionCommand({ FunctionName }));
  expect(SnapStart).toEqual({ ApplyOn: "PublishedVersions", OptimizationStatus: "On" });
  await waitUntilPublishedVersionActive({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName, Qualifier: Version });
  const { ExecutedVersion, FunctionError } = await client.send(new InvokeCommand({ FunctionName, Qualifier: Version }));
  expect([ExecutedVersion, FunctionError]).toEqual(["1", undefined]);
});
