/** What functions on Node.js can load, whichever driver runs them: their own code, their layers, the AWS SDK. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { ConformanceBench, type Subject } from "./bench.ts";
import { ConformanceRuntimeApi } from "./runtime-api.ts";
import type { DriverMaker } from "./sandbox-driver.ts";
import type { PreparedRuntime } from "../../port.ts";
import { functionEnvironment } from "../function-environment.ts";

/** A sandbox's first image may have to be built. */
const TIMEOUT_MS = 120_000;

type Files = Readonly<Record<string, string>>;

const TELL = 'const tell = (what) => fetch(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/found`, { method: "POST", body: String(what) });';
const ES = `import { SQSClient } from "@aws-sdk/client-sqs";\n${TELL}\nawait tell(SQSClient.name ?? SQSClient);`;
const COMMON = `exports.handler = async () => 1;\nconst { SQSClient } = require("@aws-sdk/client-sqs");\n${TELL}\ntell(SQSClient.name ?? SQSClient);`;
const IMPORTING = `exports.handler = async () => 1;\n${TELL}\nimport("@aws-sdk/client-sqs").then(({ SQSClient }) => tell(SQSClient.name ?? SQSClient), tell);`;
const SYSTEMS: readonly (readonly [string, Files])[] = [
  ["an ES module", { "index.mjs": ES }],
  ["a package of ES modules", { "index.js": ES, "package.json": '{"type":"module"}' }],
  ["a CommonJS module", { "index.js": COMMON }],
  ["a CommonJS module that imports", { "index.js": IMPORTING }],
];
const MISSING = "@aws-sdk/client-unheard-of";
const stub = (from: string): string => `exports.SQSClient = ${JSON.stringify(from)};`;

/** Runs this part of the suite against one driver. */
export function describeModules(name: string, makeDriver: DriverMaker): void {
  describe(`modules of functions in ${name}`, () => {
    let bench: ConformanceBench;
    let runtime: PreparedRuntime;

    beforeAll(async () => {
      const api = await ConformanceRuntimeApi.listen();
      const driver = makeDriver(api, "modules");
      bench = await ConformanceBench.create(driver, api);
      const architecture = process.arch === "arm64" ? "arm64" : "x86_64";
      runtime = await driver.prepareRuntime({ kind: "managed", runtime: "nodejs24.x", architecture });
    }, TIMEOUT_MS);
    afterEach(() => bench.destroySubjects());
    afterAll(async () => {
      await bench.close();
      await bench.api.close();
    });

    describeLookup(async (files, layer) => {
      const layersDirectory = layer === undefined ? {} : { layersDirectory: await bench.codeDirectory(layer) };
      const config = { environment: functionEnvironment("nodejs24.x"), ...layersDirectory };
      return told(bench, await bench.subjectOfImage(runtime, config, await bench.codeDirectory(files)));
    });
  });
}

/** What the function tells while it is initialized, or why it can't be. */
async function told({ api }: ConformanceBench, subject: Subject): Promise<string> {
  const { sandbox, token } = subject;
  await sandbox.startRuntime();
  (await api.request(token, "2018-06-01/lambdock/gate")).release();
  const requests = [api.request(token, "found"), api.request(token, "2018-06-01/runtime/init/error")];
  const ended = subject.exit().then(({ status }) => `exit ${status}: ${subject.output()}`);
  return Promise.race([...requests.map((request) => request.then(({ body }) => body)), ended]);
}

function describeLookup(found: (files: Files, layer?: Files) => Promise<string>): void {
  test.each(SYSTEMS)("the AWS SDK is there for %s", async (_kind, files) => {
    expect(await found(files)).toBe("SQSClient");
  });

  test.each(SYSTEMS)("a layer's SDK wins over the runtime's, and the function's own over both: %s", async (_kind, files) => {
    const layer = { "nodejs/node_modules/@aws-sdk/client-sqs/index.js": stub("layer") };
    const versioned = { ...layer, "nodejs/node24/node_modules/@aws-sdk/client-sqs/index.js": stub("layer for 24") };
    const own = { ...files, "node_modules/@aws-sdk/client-sqs/index.js": stub("own") };
    const all = [found(files, layer), found(files, versioned), found(own, versioned)];
    expect(await Promise.all(all)).toEqual(["layer", "layer for 24", "own"]);
  });

  test("ES modules of layers find each other, the SDK and built-in modules", async () => {
    const layer = {
      "nodejs/node_modules/one/index.mjs": `export * from "two/deep"; import { SQSClient } from "@aws-sdk/client-sqs"; import { join } from "path"; export const one = join(SQSClient.name, "x");`,
      "nodejs/node_modules/one/package.json": '{"exports":"./index.mjs"}',
      "nodejs/node_modules/two/package.json": '{"exports":{"./deep":"./inner.mjs"}}',
      "nodejs/node_modules/two/inner.mjs": "export const two = 2;",
    };
    expect(await found({ "index.mjs": `import { one, two } from "one";\n${TELL}\nawait tell(one + two);` }, layer)).toBe("SQSClient/x2");
  });

  test("a client that AWS does not have is not found", async () => {
    expect(await found({ "index.mjs": `import "${MISSING}";` })).toContain(`Cannot find package '${MISSING}' imported from`);
    expect(JSON.parse(await found({ "index.js": `require("${MISSING}");` }))).toMatchObject({
      errorType: "Runtime.ImportModuleError",
      errorMessage: expect.stringContaining(`Cannot find module '${MISSING}'`),
    });
  });
}
