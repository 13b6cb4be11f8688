/** What functions that run as child processes can not load: what happens to be installed on this machine above their code. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import type { Sandbox } from "../port.ts";
import { functionEnvironment } from "../testing/function-environment.ts";
import { ScriptedRuntimeApis } from "../testing/scripted-runtime-api.ts";
import { createProcessDriver } from "./process-driver.ts";

let root: string;
let data: string;
let apis: ScriptedRuntimeApis;
const sandboxes: Sandbox[] = [];

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "lambdock-modules-")));
  data = join(root, "data");
  apis = new ScriptedRuntimeApis();
  // As when the data directory is that of a project: its packages are not the function's.
  await place(root, {
    "node_modules/left-over/index.js": "",
    "node_modules/@aws-sdk/client-sqs/index.js": "exports.SQSClient = 'of the machine'",
  });
});

afterEach(async () => {
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.destroy()));
  await rm(root, { recursive: true, force: true });
});

async function place(directory: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

type Files = Readonly<Record<string, string>>;

/** What the function answers to its first invocation. */
async function answerOf(files: Files, layer?: Files): Promise<unknown> {
  const logger = createLogger("test", "error");
  const driver = createProcessDriver({
    dataDirectory: data,
    runtimeApi: apis,
    interpreters: {},
    searchPath: "",
    region: "us-east-1",
    logger,
  });
  const token = `token-${sandboxes.length}`;
  let output = "";
  let failed: (reason: Error) => void = () => undefined;
  const ended = new Promise<never>((_resolve, reject) => (failed = reject));
  const sandbox = await driver.create(
    {
      id: token,
      labels: {},
      runtime: await driver.prepareRuntime({ kind: "managed", runtime: "nodejs24.x", architecture: "x86_64" }),
      taskDirectory: await place(join(data, "code", token), files),
      ...(layer === undefined ? {} : { layersDirectory: await place(join(data, "layers", token), layer) }),
      environment: functionEnvironment("nodejs24.x"),
      token,
      memorySizeMb: 256,
      ephemeralStorageMb: 512,
    },
    {
      onOutput: (chunk) => (output += Buffer.from(chunk).toString()),
      onExtensionExit: () => undefined,
      onRuntimeExit: ({ status }) => failed(new Error(`the runtime ended with ${status}: ${output}`)),
      onLost: () => undefined,
    },
  );
  sandboxes.push(sandbox);
  const api = apis.of(token);
  api.openGate();
  await sandbox.startRuntime();
  const answer = await Promise.race([api.invoke({}), api.initError(), ended]);
  await driver.close();
  return answer.json();
}

test("a package of this machine does not stand in for the runtime's or a layer's", async () => {
  const code = {
    "index.mjs": `import { SQSClient } from "@aws-sdk/client-sqs";\nexport const handler = async () => SQSClient.name ?? SQSClient;`,
  };
  expect(await answerOf(code)).toBe("SQSClient");
  const layer = { "nodejs/node_modules/@aws-sdk/client-sqs/index.js": "exports.SQSClient = 'layer'" };
  expect(await answerOf(code, layer)).toBe("layer");
  const common = { "index.js": `exports.handler = async () => require("@aws-sdk/client-sqs").SQSClient;` };
  expect(await answerOf(common, layer)).toBe("layer");
});

test.each(["left-over", "@aws-sdk/client-unheard-of", "@swc/core", "express"])("%s is not found, as on AWS", async (name) => {
  const es = { "index.mjs": `import "${name}";\nexport const handler = async () => 1;` };
  const missing = {
    errorType: expect.stringMatching(/^(Error|Runtime\.ImportModuleError)$/),
    errorMessage: expect.stringContaining(`Cannot find package '${name}'`),
  };
  expect(await answerOf(es)).toMatchObject(missing);
  const common = { "index.js": `require("${name}");\nexports.handler = async () => 1;` };
  expect(await answerOf(common)).toMatchObject({
    errorType: "Runtime.ImportModuleError",
    errorMessage: expect.stringContaining(`Cannot find module '${name}'`),
  });
});
