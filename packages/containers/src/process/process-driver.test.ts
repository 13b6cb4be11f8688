import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import type { RuntimeExit, Sandbox, SandboxDriver, SandboxSpec } from "../port.ts";
import { functionEnvironment } from "../testing/function-environment.ts";
import { ScriptedRuntimeApis } from "../testing/scripted-runtime-api.ts";
import { createProcessDriver } from "./process-driver.ts";
import { startOf } from "./process-table.ts";

interface Running {
  readonly sandbox: Sandbox;
  readonly output: () => string;
  readonly exits: RuntimeExit[];
  readonly exited: Promise<RuntimeExit>;
}

let data: string;
let apis: ScriptedRuntimeApis;
let driver: SandboxDriver;
let warnings: string[];
let running: Running[];
let tokens = 0;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "lambdock-process-"));
  apis = new ScriptedRuntimeApis();
  warnings = [];
  running = [];
  driver = newDriver();
});

afterEach(async () => {
  await Promise.all(running.map(({ sandbox }) => sandbox.destroy()));
  await rm(data, { recursive: true, force: true });
});

function newDriver(searchPath = process.env["PATH"] ?? "", interpreters: Readonly<Record<string, string>> = {}): SandboxDriver {
  const logger = createLogger("test", "warn", {}, (line) => warnings.push(line));
  return createProcessDriver({ dataDirectory: data, runtimeApi: apis, interpreters, searchPath, region: "us-east-1", logger });
}

async function code(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(data, "code-"));
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, name), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  return directory;
}

async function create(
  runtime: string,
  taskDirectory: string,
  more: Partial<SandboxSpec> = {},
): Promise<Running & { readonly token: string }> {
  const prepared = await driver.prepareRuntime({ kind: "managed", runtime, architecture: "x86_64" });
  const token = `token-${tokens++}`;
  const chunks: Uint8Array[] = [];
  const exits: RuntimeExit[] = [];
  let reportExit: (exit: RuntimeExit) => void = () => undefined;
  const exited = new Promise<RuntimeExit>((resolve) => (reportExit = resolve));
  const spec: SandboxSpec = {
    id: token,
    labels: {},
    runtime: prepared,
    taskDirectory,
    environment: functionEnvironment(runtime),
    token,
    memorySizeMb: 256,
    ephemeralStorageMb: 512,
    ...more,
  };
  const sandbox = await driver.create(spec, {
    onOutput: (chunk) => chunks.push(chunk),
    onExtensionExit: () => undefined,
    onRuntimeExit: (exit) => {
      exits.push(exit);
      reportExit(exit);
    },
    onLost: (reason) => chunks.push(Buffer.from(`LOST ${reason}`)),
  });
  const one = { sandbox, output: () => Buffer.concat(chunks).toString("utf8"), exits, exited, token };
  running.push(one);
  return one;
}

async function begin(
  runtime: string,
  taskDirectory: string,
  more: Partial<SandboxSpec> = {},
): Promise<Running & { readonly token: string }> {
  const one = await create(runtime, taskDirectory, more);
  apis.of(one.token).openGate();
  await one.sandbox.startRuntime();
  return one;
}

test("a runtime waits at the gate from creation on, and runs the function after it", async () => {
  const one = await create(
    "nodejs24.x",
    await code({ "index.js": "exports.handler = async (event) => [event, process.env.LAMBDA_TASK_ROOT === __dirname];" }),
  );
  const api = apis.of(one.token);
  await api.seen("gate");
  api.openGate();
  await one.sandbox.startRuntime();
  expect((await api.invoke("hello")).json()).toEqual(["hello", true]);
  expect(one.sandbox.maxMemoryUsedMb()).toBeGreaterThan(20);
  expect(one.exits).toEqual([]);
});

test("ten thousand lines that were printed before the answer are all there, in order, once drained", async () => {
  const source = `exports.handler = async () => { for (let i = 0; i < 10000; i++) process.stdout.write("line " + i + "\\n"); };`;
  const one = await begin("nodejs24.x", await code({ "index.js": source }));
  await apis.of(one.token).invoke({});
  await one.sandbox.drained();
  expect(one.output()).toBe(Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join(""));
});

test("a killed runtime leaves the sandbox, its /tmp and the next runtime unharmed", async () => {
  const source = `const fs = require("node:fs"), os = require("node:os"), path = require("node:path");
    exports.handler = async (event) => { const file = path.join(os.tmpdir(), "kept"); if (event === "write") fs.writeFileSync(file, "x"); return fs.existsSync(file); };`;
  const one = await begin("nodejs24.x", await code({ "index.js": source }));
  const api = apis.of(one.token);
  expect((await api.invoke("write")).json()).toBe(true);
  await api.seen("next", 2);
  await one.sandbox.killRuntime();
  expect(one.exits).toEqual([{ status: 137, outOfMemory: false }]);
  await one.sandbox.startRuntime();
  await api.seen("next", 3);
  expect((await api.invoke("read")).json()).toBe(true);
});

test("killing reaches processes that left the runtime's group", async () => {
  const source = `const { spawn } = require("node:child_process");
    exports.handler = async () => { const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" }); return child.pid; };`;
  const one = await begin("nodejs24.x", await code({ "index.js": source }));
  const pid = (await apis.of(one.token).invoke({})).json() as number;
  expect(startOf(pid)).toBeDefined();
  await one.sandbox.killRuntime();
  await until(() => isGone(pid));
});

test.each([
  ["process.exit(0)", 0],
  ["process.exit(7)", 7],
  ["process.kill(process.pid, 'SIGSEGV')", 139],
])("%s is reported as status %d", async (statement, status) => {
  const one = await begin("nodejs24.x", await code({ "index.js": `exports.handler = async () => ${statement};` }));
  void apis.of(one.token).invoke({});
  expect(await one.exited).toEqual({ status, outOfMemory: false });
});

test("a function that takes more than its memory is killed for it", async () => {
  const source = `const kept = []; exports.handler = async () => { for (;;) { kept.push(Buffer.alloc(8000000, 1)); await new Promise((resolve) => setTimeout(resolve, 1)); } };`;
  const one = await begin("nodejs24.x", await code({ "index.js": source }));
  void apis.of(one.token).invoke({});
  expect(await one.exited).toEqual({ status: 137, outOfMemory: true });
  expect(one.sandbox.maxMemoryUsedMb()).toBe(256);
});

test("a bootstrap in shell runs from the code, else from the layers", async () => {
  const bootstrap = `#!/bin/sh\necho "$0 $LAMBDA_TASK_ROOT $_HANDLER"\n`;
  const task = await code({ bootstrap });
  const fromCode = await begin("provided.al2023", task);
  expect(await fromCode.exited).toEqual({ status: 0, outOfMemory: false });
  await fromCode.sandbox.drained();
  expect(fromCode.output()).toBe(`${task}/bootstrap ${task} index.handler\n`);
  const layersDirectory = await code({ bootstrap });
  const fromLayer = await begin("provided.al2", await code({}), { layersDirectory });
  await fromLayer.exited;
  await fromLayer.sandbox.drained();
  expect(fromLayer.output()).toContain(`${layersDirectory}/bootstrap`);
});

test("a bootstrap that is missing ends with 127, one that can't run with 126", async () => {
  const missing = await begin("provided.al2023", await code({}));
  expect(await missing.exited).toEqual({ status: 127, outOfMemory: false });
  const plain = await begin("provided.al2023", await code({ bootstrap: "text" }));
  expect(await plain.exited).toEqual({ status: 126, outOfMemory: false });
});

test("layers are found where AWS's variables name them", async () => {
  const layersDirectory = await code({});
  await mkdir(join(layersDirectory, "nodejs", "node_modules", "dep"), { recursive: true });
  await writeFile(join(layersDirectory, "nodejs", "node_modules", "dep", "index.js"), "module.exports = 42;");
  const wrapper = join(layersDirectory, "wrapper");
  await writeFile(wrapper, `#!/bin/sh\nWRAPPED=yes exec "$@"\n`, { mode: 0o755 });
  const source = `exports.handler = async () => [require("dep"), process.env.WRAPPED];`;
  const one = await begin("nodejs24.x", await code({ "index.js": source }), {
    layersDirectory,
    environment: { ...functionEnvironment("nodejs24.x"), AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrapper" },
  });
  expect((await apis.of(one.token).invoke({})).json()).toEqual([42, "yes"]);
});

test("destroying removes processes and files, twice as well as once", async () => {
  const one = await begin("nodejs24.x", await code({ "index.js": "exports.handler = async () => process.pid;" }));
  const pid = (await apis.of(one.token).invoke({})).json() as number;
  await Promise.all([one.sandbox.destroy(), one.sandbox.destroy()]);
  expect(isGone(pid)).toBe(true);
  expect(await readdir(join(data, "run"))).toEqual([]);
  expect(one.exits).toEqual([]);
  await expect(one.sandbox.startRuntime()).rejects.toThrow("is gone");
});

test("what an executor that was killed left behind is reaped, and nobody else's processes are", async () => {
  const one = await begin("nodejs24.x", await code({ "index.js": "exports.handler = async () => process.pid;" }));
  const pid = (await apis.of(one.token).invoke({})).json() as number;
  const bystander = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
  const recycled = join(data, "run", "recycled");
  await mkdir(recycled);
  await writeFile(join(recycled, "pid"), `${bystander.pid} 1\n`);
  expect(await newDriver().reap()).toBe(2);
  await until(() => isGone(pid));
  expect(isGone(bystander.pid ?? 0)).toBe(false);
  bystander.kill("SIGKILL");
  expect(await readdir(join(data, "run"))).toEqual([]);
});

test("an interpreter of another version is used with a warning that names both", async () => {
  const prepared = await driver.prepareRuntime({ kind: "managed", runtime: "nodejs99.x", architecture: "x86_64" });
  expect(prepared.waitsAtGate).toBe(true);
  expect(prepared.runtimeVersion).toMatch(/^nodejs:\d+\.v\d+$/);
  expect(warnings.join("")).toMatch(/nodejs99\.x runs on version \d+\.\d+\.\d+/);
});

test("the interpreter on PATH whose version matches is preferred, and known by its true path", async () => {
  const bin = await code({ node: `#!/bin/sh\necho /true/node\necho 99.5.0\n` });
  const prepared = await newDriver(bin).prepareRuntime({ kind: "managed", runtime: "nodejs99.x", architecture: "x86_64" });
  expect(prepared).toMatchObject({ reference: "nodejs99.x /true/node", runtimeVersion: "nodejs:99.v5" });
  expect(warnings).toEqual([]);
});

test("a configured interpreter is taken, and refused when it does not run", async () => {
  const node = join(await code({ mine: `#!/bin/sh\necho /my/node\necho 24.0.0\n` }), "mine");
  const source = { kind: "managed", runtime: "nodejs24.x", architecture: "x86_64" } as const;
  expect((await newDriver("", { "nodejs24.x": node }).prepareRuntime(source)).reference).toBe("nodejs24.x /my/node");
  await expect(newDriver("", { "nodejs24.x": "/nowhere/node" }).prepareRuntime(source)).rejects.toThrow(
    /configured interpreter \/nowhere\/node does not run/,
  );
});

test.each([
  [{ kind: "image", imageUri: "my/image:1", architecture: "x86_64" }, /my\/image:1 needs Docker/],
  [{ kind: "managed", runtime: "java21", architecture: "x86_64" }, /java21 can't run as a child process: start Docker/],
] as const)("%j is refused with the cure", async (source, message) => {
  await expect(driver.prepareRuntime(source)).rejects.toMatchObject({
    name: "SandboxUnavailable",
    message: expect.stringMatching(message),
  });
});

test("a Python runtime without Python is refused with the cure", async () => {
  const without = newDriver("/nowhere");
  await expect(without.prepareRuntime({ kind: "managed", runtime: "python3.13", architecture: "x86_64" })).rejects.toMatchObject({
    name: "SandboxUnavailable",
    message: "Runtime python3.13 needs python3 on PATH, and none runs: install python3.13, or start Docker.",
  });
});

test("a Python function runs on the machine's Python", async () => {
  if (!hasPython()) {
    if (process.env["CI"] === "true") throw new Error("python3 is needed: install it");
    process.stderr.write("SKIPPED: a Python function, because no python3 is on PATH\n");
    return;
  }
  const layersDirectory = await code({});
  await mkdir(join(layersDirectory, "python"));
  await writeFile(join(layersDirectory, "python", "dep.py"), "value = 42");
  const source = `import os, sys, tempfile, dep\ndef handler(event, context):\n  return [event, dep.value, sys.path[0] == os.environ["LAMBDA_TASK_ROOT"]]`;
  const one = await begin("python3.12", await code({ "index.py": source }), { layersDirectory });
  expect((await apis.of(one.token).invoke("hello")).json()).toEqual(["hello", 42, true]);
});

function hasPython(): boolean {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** True for a zombie too: whoever inherited it may take its time. */
function isGone(pid: number): boolean {
  try {
    return execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z");
  } catch {
    return true;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
