/** Runtimes other than the newest Node: Python, custom runtimes, older Nodes, container images. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand } from "@aws-sdk/client-lambda";
import { lambdaClient, logsClient } from "./support/clients.ts";
import { createDeployer, creation, uniqueName, untilActive, untilSettled } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import type { Failure } from "./support/invoke.ts";
import { messagesAfter, ofRun } from "./support/log-events.ts";
import { TASK_ROOT } from "./support/task-root.ts";
import { zipOf } from "./support/zip.ts";
import { hasContainers } from "./target/config.ts";
import { mustRun, run } from "./target/command.ts";
import { testWhere } from "./support/test-where.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const inContainers = testWhere(hasContainers());
/** The Python that Debian 12 and this machine have; another can be had where AWS's images can be pulled. */
const PYTHON = "python3.11";

const python = async (): Promise<string> => deploy({ fixture: "python", Runtime: PYTHON, Timeout: 10 });

test("A Python function answers with its event, context and client context", async () => {
  const name = await python();
  const { payload, requestId, functionError } = await invoke(name, { a: [1, "\u00e9"] }, { clientContext: { custom: { key: "value" } } });
  expect(functionError).toBeUndefined();
  expect(payload).toEqual({
    echo: { a: [1, "\u00e9"] },
    requestId,
    name,
    handler: "index.handler",
    python: "3.11",
    custom: { key: "value" },
  });
});

test("A Python exception has Python's shape: message, type, request id and stack trace", async () => {
  const name = await python();
  const { payload, requestId, functionError } = await invoke<Failure>(name, { how: "error" });
  expect(functionError).toBe("Unhandled");
  expect(Object.keys(payload)).toEqual(["errorMessage", "errorType", "requestId", "stackTrace"]);
  expect(payload).toMatchObject({ errorMessage: "no such order", errorType: "OrderError", requestId });
  expect(payload.stackTrace![0]).toMatch(
    new RegExp(`^ {2}File "${TASK_ROOT}/index\\.py", line \\d+, in handler\\n {4}raise OrderError\\("no such order"\\)\\n$`),
  );
  expect((await invoke<Failure>(name, { how: "unserialisable" })).payload.errorType).toBe("Runtime.MarshalError");
});

test("Python's print and logging are in the log, each in its form", async () => {
  const name = await python();
  const { requestId } = await invoke(name, { how: "print" });
  const run = ofRun(await messagesAfter(logsClient(), name, requestId), requestId);
  expect(run[1]).toMatch(/^plain print\n?$/);
  expect(run[2]).toMatch(new RegExp(`^\\[INFO\\]\\t\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\t${requestId}\\tthrough logging\\n?$`));
});

test("A Python module or handler that is not there is reported as such", async () => {
  const missing = await deploy({ fixture: "python", Runtime: PYTHON, Handler: "absent.handler" });
  expect((await invoke<Failure>(missing)).payload).toMatchObject({
    errorType: "Runtime.ImportModuleError",
    errorMessage: "Unable to import module 'absent': No module named 'absent'",
  });
  const unnamed = await deploy({ fixture: "python", Runtime: PYTHON, Handler: "index.absent" });
  expect((await invoke<Failure>(unnamed)).payload).toMatchObject({
    errorType: "Runtime.HandlerNotFound",
    errorMessage: "Handler 'absent' missing on module 'index'",
  });
});

test("A shell script is a custom runtime: AWS's documented bootstrap, unchanged", async () => {
  const name = await deploy({ fixture: "shell-bootstrap", Runtime: "provided.al2023", Handler: "function.handler", Timeout: 10 });
  const { payload, tail } = await invoke(name, { a: 1 }, { tail: true });
  expect(payload).toEqual({ from: "shell", event: { a: 1 } });
  expect(tail).toContain('EVENT DATA: {"a":1}');
  expect((await invoke(name, { a: 2 })).payload).toEqual({ from: "shell", event: { a: 2 } });
});

test("provided.al2 runs a bootstrap too", async () => {
  const name = await deploy({ fixture: "shell-bootstrap", Runtime: "provided.al2", Handler: "function.handler", Timeout: 10 });
  expect((await invoke(name, "x")).payload).toEqual({ from: "shell", event: "x" });
});

test("A custom runtime without a bootstrap is an invalid entry point", async () => {
  const name = await deploy({ code: { ZipFile: await zipOf({ "readme.txt": "no bootstrap here" }) }, Runtime: "provided.al2023" });
  const { payload, requestId } = await invoke<Failure>(name);
  expect(payload).toEqual({
    errorType: "Runtime.InvalidEntrypoint",
    errorMessage: `RequestId: ${requestId} Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]`,
  });
});

test("nodejs22.x runs, or the function is Failed with a reason that says which image is missing and what to do", async () => {
  const name = uniqueName("older");
  await client.send(new CreateFunctionCommand({ ...(await creation({ fixture: "version", Runtime: "nodejs22.x" })), FunctionName: name }));
  const settled = await untilSettled(client, name);
  if (settled.State === "Active") expect((await invoke(name)).payload).toEqual({ version: 1, colour: null });
  else expect(settled.StateReason).toMatch(/nodejs[:.]?22|nodejs22\.x/);
  await client.send(new DeleteFunctionCommand({ FunctionName: name }));
});

const IMAGE = `lambdock-e2e-image:${process.pid}`;
let built: Promise<unknown> | undefined;

/** A container image with a runtime of its own, on the base image that the compose file uses too. */
async function builtImage(): Promise<string> {
  built ??= (async () => {
    const context = await mkdtemp(join(tmpdir(), "lambdock-e2e-image-"));
    await writeFile(join(context, "runtime.mjs"), RUNTIME);
    await writeFile(
      join(context, "Dockerfile"),
      'FROM node:24-bookworm-slim\nCOPY runtime.mjs /srv/runtime.mjs\nENV BAKED=yes\nWORKDIR /srv\nENTRYPOINT ["node", "/srv/runtime.mjs"]\nCMD ["from-the-image"]\n',
    );
    await mustRun("docker", ["build", "-t", IMAGE, context]);
    await rm(context, { recursive: true });
  })();
  await built;
  return IMAGE;
}

const RUNTIME = `
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
for (;;) {
  const next = await fetch(api + "next");
  const event = await next.json();
  const answer = { event, argv: process.argv.slice(2), cwd: process.cwd(), baked: process.env.BAKED, handler: process.env._HANDLER ?? null, execution: process.env.AWS_EXECUTION_ENV ?? null };
  await fetch(api + next.headers.get("lambda-runtime-aws-request-id") + "/response", { method: "POST", body: JSON.stringify(answer) });
}`;

afterAll(async () => {
  if (built !== undefined) await run("docker", ["rmi", "-f", IMAGE]);
});

inContainers("A container image runs with its own entry point, command, variables and directory", async () => {
  const name = await deploy({ PackageType: "Image", code: { ImageUri: await builtImage() }, Timeout: 20 });
  const { Configuration, Code } = await client.send(new GetFunctionCommand({ FunctionName: name }));
  expect(Configuration).toMatchObject({ PackageType: "Image" });
  expect(Configuration!.Runtime).toBeUndefined();
  expect(Configuration!.Handler).toBeUndefined();
  expect(Configuration!.ImageConfigResponse).toBeUndefined();
  expect(Code).toMatchObject({ RepositoryType: "ECR", ImageUri: IMAGE, ResolvedImageUri: expect.stringContaining("@sha256:") });
  expect((await invoke(name, { a: 1 })).payload).toMatchObject({
    event: { a: 1 },
    argv: ["from-the-image"],
    cwd: "/srv",
    baked: "yes",
    execution: null,
  });
});

inContainers("ImageConfig overrides command, entry point and working directory", async () => {
  const code = { ImageUri: await builtImage() };
  const ImageConfig = { Command: ["overridden", "twice"], EntryPoint: ["node", "/srv/runtime.mjs", "entry"], WorkingDirectory: "/tmp" };
  const name = await deploy({ PackageType: "Image", code, ImageConfig, Timeout: 20 });
  expect((await untilActive(client, name)).ImageConfigResponse).toEqual({ ImageConfig });
  expect((await invoke(name, {})).payload).toMatchObject({ argv: ["entry", "overridden", "twice"], cwd: "/tmp" });
});

test("An image that cannot be had makes the function Failed with a reason that names it, and the rest goes on", async () => {
  const name = uniqueName("no-image");
  const ImageUri = "127.0.0.1:9/nobody/made-this:1";
  await client.send(new CreateFunctionCommand(await creation({ FunctionName: name, PackageType: "Image", code: { ImageUri } })));
  const settled = await untilSettled(client, name);
  expect(settled.State).toBe("Failed");
  expect(settled.StateReason).toContain(ImageUri);
  expect(settled.StateReasonCode).toBeTruthy();
  await expect(invoke(name)).rejects.toMatchObject({
    name: "ResourceConflictException",
    message: "The operation cannot be performed at this time. The function is currently in the following state: Failed",
  });
  await client.send(new DeleteFunctionCommand({ FunctionName: name }));
});

test("A file's mode in the zip is its mode at /var/task", async () => {
  const zip = await zipOf({
    "index.mjs":
      'import { execFileSync } from "node:child_process";\nexport const handler = async () => execFileSync(process.env.LAMBDA_TASK_ROOT + "/tool").toString();',
    tool: { content: "#!/bin/sh\nprintf 'from the tool'", mode: 0o100755 },
  });
  expect((await invoke(await deploy({ code: { ZipFile: zip } }))).payload).toBe("from the tool");
});
