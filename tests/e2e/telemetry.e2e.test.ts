/** The Telemetry API, as an extension in a layer uses it. runtime-api.md 4. */
import { PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "@jest/globals";
import { lambdaClient } from "./support/clients.ts";
import { createDeployer, uniqueName } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { zipOf } from "./support/zip.ts";
import { hasContainers } from "./target/config.ts";
import { until } from "./target/wait.ts";

interface Received {
  readonly type: string;
  readonly record: unknown;
}

const client = lambdaClient();
const deploy = createDeployer(client);

/** Listens, subscribes, and shows what it received to whoever asks. In child processes there is no `sandbox.localdomain` to listen on. */
const EXTENSION = `#!/usr/bin/env node
const { createServer } = require("node:http");
const { writeFileSync } = require("node:fs");
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API;
const received = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk)).on("end", () => {
    if (request.method === "POST") received.push(...JSON.parse(body));
    response.end(JSON.stringify(received));
  });
});
server.listen(0, process.env.LISTEN_ON, async () => {
  const { port } = server.address();
  writeFileSync((process.env.TMPDIR ?? "/tmp") + "/subscriber-url", "http://" + process.env.LISTEN_ON + ":" + port);
  const registered = await fetch(api + "/2020-01-01/extension/register", {
    method: "POST",
    headers: { "Lambda-Extension-Name": "listener" },
    body: JSON.stringify({ events: ["INVOKE", "SHUTDOWN"] }),
  });
  const headers = { "Lambda-Extension-Identifier": registered.headers.get("lambda-extension-identifier") };
  const subscribed = await fetch(api + "/2022-07-01/telemetry", {
    method: "PUT",
    headers,
    body: JSON.stringify({
      schemaVersion: "2022-12-13",
      types: ["platform", "function", "extension"],
      buffering: { timeoutMs: 25 },
      destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:" + port },
    }),
  });
  console.log("subscribed " + subscribed.status + " " + (await subscribed.text()));
  for (;;) {
    const event = await (await fetch(api + "/2020-01-01/extension/event/next", { headers })).json();
    if (event.eventType === "SHUTDOWN") process.exit(0);
  }
});
`;

test("An extension receives the telemetry of its environment: platform, function and its own lines", async () => {
  const zip = await zipOf({ "extensions/listener": { content: EXTENSION, mode: 0o100755 } });
  const layer = await client.send(new PublishLayerVersionCommand({ LayerName: uniqueName("telemetry"), Content: { ZipFile: zip } }));
  const name = await deploy({
    fixture: "telemetry",
    Timeout: 20,
    MemorySize: 512,
    Layers: [layer.LayerVersionArn!],
    Environment: { Variables: { LISTEN_ON: hasContainers() ? "sandbox.localdomain" : "127.0.0.1" } },
  });
  let say = 0;
  const seen = await until("the first run's report to arrive", async () => {
    const { payload } = await invoke<readonly Received[]>(name, { say: (say += 1) });
    return payload.some(({ type }) => type === "platform.report") ? payload : undefined;
  });
  const types = new Set(seen.map(({ type }) => type));
  expect([...types]).toEqual(
    expect.arrayContaining([
      "platform.initStart",
      "platform.initRuntimeDone",
      "platform.initReport",
      "platform.telemetrySubscription",
      "platform.extension",
      "platform.start",
      "platform.runtimeDone",
      "platform.report",
    ]),
  );
  const recordsOf = (wanted: string): readonly unknown[] => seen.filter(({ type }) => type === wanted).map(({ record }) => record);
  expect(recordsOf("function").some((record) => String(record).includes("said 1"))).toBe(true);
  expect(recordsOf("extension")).toContain('subscribed 200 "OK"');
  expect(recordsOf("platform.report")[0]).toMatchObject({ status: "success", metrics: { memorySizeMB: 512 } });
});
