/** External extensions from a layer: the Extensions API, its events, its time and its end. runtime-api.md 3 and 6. */
import { expect, test } from "@jest/globals";
import { DeleteFunctionCommand, PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { lambdaClient, logsClient } from "./support/clients.ts";
import { createDeployer, uniqueName } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { eventsOf, messagesAfter, ofRun } from "./support/log-events.ts";
import { zipOf } from "./support/zip.ts";
import { until } from "./target/wait.ts";

const client = lambdaClient();
const logs = logsClient();
const deploy = createDeployer(client);

/** An extension in Node.js, which every place of these tests has: registers, tells each event, works for a while, leaves at SHUTDOWN. */
const EXTENSION = `#!/usr/bin/env node
const http = require("node:http");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const call = (method, path, headers, body = "") =>
  new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, path: "/2020-01-01/extension/" + path, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk)).on("end", () => resolve({ headers: response.headers, text }));
    });
    request.on("error", reject).end(body);
  });
(async () => {
  const registered = await call("POST", "register", { "Lambda-Extension-Name": "teller" }, JSON.stringify({ events: ["INVOKE", "SHUTDOWN"] }));
  console.log("teller: registered for " + JSON.parse(registered.text).functionName + ", handler " + process.env._HANDLER);
  const identity = { "Lambda-Extension-Identifier": registered.headers["lambda-extension-identifier"] };
  for (;;) {
    const event = JSON.parse((await call("GET", "event/next", identity)).text);
    console.log("teller: " + event.eventType + " " + (event.requestId ?? event.shutdownReason));
    if (event.eventType === "SHUTDOWN") process.exit(0);
    await new Promise((resolve) => setTimeout(resolve, Number(process.env.WORK_MS)));
    console.log("teller: done");
  }
})();
`;

async function layer(files: Parameters<typeof zipOf>[0]): Promise<string> {
  const published = await client.send(
    new PublishLayerVersionCommand({ LayerName: uniqueName("extension"), Content: { ZipFile: await zipOf(files) } }),
  );
  return published.LayerVersionArn!;
}

const HANDLER = `export const handler = async (event) => {
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  return { pid: process.pid };
};`;

async function functionWith(arn: string, workMs: number, Timeout = 5): Promise<string> {
  const code = { ZipFile: await zipOf({ "index.mjs": HANDLER }) };
  return deploy({ code, Layers: [arn], Timeout, MemorySize: 256, Environment: { Variables: { WORK_MS: String(workMs) } } });
}

const teller = (mode = 0o100755) => layer({ "extensions/teller": { content: EXTENSION, mode } });

test("an extension hears of every invocation; the caller does not wait for it, but the environment does", async () => {
  const name = await functionWith(await teller(), 300);
  const begunAt = Date.now();
  const first = await invoke<{ readonly pid: number }>(name);
  expect(first.payload.pid).toBeGreaterThan(0);
  const messages = await messagesAfter(logs, name, first.requestId);
  expect(Date.now() - begunAt).toBeGreaterThanOrEqual(300);
  expect(messages).toContain(`teller: registered for ${name}, handler undefined\n`);
  expect(messages).toContain("EXTENSION\tName: teller\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n");
  const run = ofRun(messages, first.requestId);
  expect(run).toEqual(expect.arrayContaining([`teller: INVOKE ${first.requestId}\n`, "teller: done\n"]));
  expect(Number(/\tDuration: ([\d.]+) ms/.exec(run.at(-1)!)![1])).toBeGreaterThanOrEqual(299);
});

test("the end of an environment is told: SHUTDOWN with spindown", async () => {
  const name = await functionWith(await teller(), 0);
  const { requestId } = await invoke(name);
  await messagesAfter(logs, name, requestId);
  await client.send(new DeleteFunctionCommand({ FunctionName: name }));
  await until("the extension to hear of the end", async () =>
    (await eventsOf(logs, name)).some(({ message }) => message === "teller: SHUTDOWN spindown\n") ? true : undefined,
  );
});

test("a timeout is told: SHUTDOWN with timeout, and the next invocation starts the extension anew", async () => {
  const name = await functionWith(await teller(), 0, 1);
  const late = await invoke<{ readonly errorType: string }>(name, { sleepMs: 5_000 });
  expect(late.payload.errorType).toBe("Sandbox.Timedout");
  await until("the extension to hear of the timeout", async () =>
    (await eventsOf(logs, name)).some(({ message }) => message === "teller: SHUTDOWN timeout\n") ? true : undefined,
  );
  const next = await invoke(name);
  expect(next.functionError).toBeUndefined();
  const messages = await messagesAfter(logs, name, next.requestId);
  expect(messages.filter((message) => message.startsWith("teller: registered"))).toHaveLength(2);
});

test("an extension without permission to be executed breaks the function, and says so", async () => {
  const name = await functionWith(await teller(0o100644), 0);
  const { payload, functionError, requestId } = await invoke(name);
  expect(functionError).toBe("Unhandled");
  expect(payload).toEqual({
    errorType: "Extension.LaunchError",
    errorMessage: `RequestId: ${requestId} Error: fork/exec /opt/extensions/teller: permission denied`,
  });
  const messages = await messagesAfter(logs, name, requestId);
  expect(messages).toContain("EXTENSION\tName: teller\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n");
});

test("an extension that exits breaks the invocation: Extension.Crash", async () => {
  const arn = await layer({ "extensions/brief": { content: "#!/bin/sh\nexit 3\n", mode: 0o100755 } });
  const { payload, requestId } = await invoke(await functionWith(arn, 0));
  expect(payload).toEqual({ errorType: "Extension.Crash", errorMessage: `RequestId: ${requestId} Error: exit status 3` });
});
