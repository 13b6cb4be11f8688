/** How functions fail, and what is left afterwards. invoke.md 6. */
import { expect, test } from "@jest/globals";
import { createDeployer } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import type { Failure } from "./support/invoke.ts";
import { rawInvoke } from "./support/raw-request.ts";
import { TASK_ROOT } from "./support/task-root.ts";
import { hasContainers } from "./target/config.ts";
import { testWhere } from "./support/test-where.ts";

const deploy = createDeployer();
const inContainers = testWhere(hasContainers());

interface Life {
  readonly born: string;
  readonly invocations: number;
  readonly running: number;
  readonly kept: boolean;
}

let failures: Promise<string> | undefined;
const failing = async (): Promise<string> => (failures ??= deploy({ fixture: "failures" }));

test("A thrown error becomes its type, message and trace, with status 200 and FunctionError Unhandled", async () => {
  const response = await rawInvoke(await failing(), '{"how":"error"}');
  expect(response.status).toBe(200);
  expect(response.headers.get("x-amz-function-error")).toBe("Unhandled");
  expect(response.headers.get("x-amz-executed-version")).toBe("$LATEST");
  const body = JSON.parse(response.text) as Failure;
  expect(Object.keys(body)).toEqual(["errorType", "errorMessage", "trace"]);
  expect(body).toMatchObject({ errorType: "OrderError", errorMessage: "no such order" });
  expect(body.trace![0]).toBe("OrderError: no such order");
  expect(body.trace![1]).toMatch(new RegExp(`^ {4}at .*${TASK_ROOT}/index\\.mjs:\\d+:\\d+\\)?$`));
});

test("A rejected value that is no Error is reported by its type and text, with an empty trace", async () => {
  const { payload, functionError } = await invoke<Failure>(await failing(), { how: "string" });
  expect({ payload, functionError }).toEqual({
    functionError: "Unhandled",
    payload: { errorType: "string", errorMessage: "just text", trace: [] },
  });
});

test("A promise that rejects later is reported in the same way, and the environment stays usable", async () => {
  const name = await failing();
  expect((await invoke<Failure>(name, { how: "later" })).payload).toMatchObject({ errorType: "TypeError", errorMessage: "later" });
  expect((await invoke(name, { how: "fine" })).payload).toBe("fine");
});

test("A package that is not there is an ImportModuleError", async () => {
  const { payload, functionError } = await invoke<Failure>(await deploy({ fixture: "import-missing" }));
  expect(functionError).toBe("Unhandled");
  expect(payload.errorType).toBe("Runtime.ImportModuleError");
  expect(payload.errorMessage).toMatch(
    new RegExp(`^Error: Cannot find module 'a-package-that-nobody-installed'\\nRequire stack:\\n- ${TASK_ROOT}/index\\.js`),
  );
});

test("A handler file that is not there is an ImportModuleError", async () => {
  const { payload } = await invoke<Failure>(await deploy({ fixture: "version", Handler: "absent.handler" }));
  expect(payload.errorType).toBe("Runtime.ImportModuleError");
  expect(payload.errorMessage).toContain("Cannot find module 'absent'");
});

test("A handler that is not exported is HandlerNotFound", async () => {
  const { payload } = await invoke<Failure>(await deploy({ fixture: "no-export" }));
  expect(payload).toMatchObject({ errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is undefined or not exported" });
});

test("A handler name without a dot is MalformedHandlerName", async () => {
  const { payload } = await invoke<Failure>(await deploy({ fixture: "version", Handler: "index" }));
  expect(payload).toMatchObject({ errorType: "Runtime.MalformedHandlerName", errorMessage: "Bad handler" });
});

test("Code that does not parse is UserCodeSyntaxError", async () => {
  const { payload } = await invoke<Failure>(await deploy({ fixture: "syntax-error" }));
  expect(payload.errorType).toBe("Runtime.UserCodeSyntaxError");
  expect(payload.errorMessage).toMatch(/^SyntaxError: Unexpected token '?;'?/);
});

test("An exception while loading is returned at every invocation", async () => {
  const name = await deploy({ fixture: "init-throws" });
  for (let round = 0; round < 2; round += 1) {
    const { payload, functionError } = await invoke<Failure>(name);
    expect(functionError).toBe("Unhandled");
    expect(payload).toMatchObject({ errorType: "RangeError", errorMessage: "thrown while loading" });
  }
});

test("A timeout answers Sandbox.Timedout after the timeout; the next run starts anew in the same environment: globals lost, /tmp kept", async () => {
  // Long enough for the init inside the next invocation on a busy machine.
  const name = await deploy({ fixture: "lifetime", Timeout: 4 });
  const first = await invoke<Life>(name);
  const started = performance.now();
  const timedOut = await invoke<Failure>(name, { forMs: 60_000 });
  const tookMs = performance.now() - started;
  expect(timedOut.functionError).toBe("Unhandled");
  expect(timedOut.payload).toEqual({
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${timedOut.requestId} Error: Task timed out after 4.00 seconds`,
  });
  expect(tookMs).toBeGreaterThanOrEqual(3_990);
  expect(tookMs).toBeLessThan(9_000);
  const after = await invoke<Life>(name);
  expect(after.functionError).toBeUndefined();
  expect(after.payload).toMatchObject({ invocations: 1, kept: true });
  expect(after.payload.born).not.toBe(first.payload.born);
});

test("process.exit(0) is an exit without a reason, and the environment starts anew", async () => {
  const name = await failing();
  const { payload, requestId, functionError } = await invoke<Failure>(name, { how: "exit0" });
  expect({ payload, functionError }).toEqual({
    functionError: "Unhandled",
    payload: { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: Runtime exited without providing a reason` },
  });
  expect((await invoke(name, { how: "fine" })).payload).toBe("fine");
});

test("process.exit(3) tells its status, and /tmp outlives it", async () => {
  const name = await deploy({ fixture: "lifetime" });
  const { payload, requestId } = await invoke<Failure>(name, { exit: 3 });
  expect(payload).toEqual({
    errorType: "Runtime.ExitError",
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 3`,
  });
  expect((await invoke<Life>(name)).payload).toMatchObject({ invocations: 1, kept: true });
});

inContainers("A function that takes more memory than it has is killed and reported as such, and runs again", async () => {
  const name = await deploy({ fixture: "memory", MemorySize: 128, Timeout: 30 });
  const { payload, requestId, tail, functionError } = await invoke<Failure>(name, { heapMegabytes: 400 }, { tail: true });
  expect({ payload, functionError }).toEqual({
    functionError: "Unhandled",
    payload: { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed` },
  });
  expect(tail).toMatch(/\tStatus: error\tError Type: Runtime\.OutOfMemory/);
  expect((await invoke<number>(name, { heapMegabytes: 5 })).payload).toBe(5);
});

inContainers("What a function writes to /tmp does not count against its memory", async () => {
  const name = await deploy({ fixture: "memory", MemorySize: 128, Timeout: 30 });
  expect(await invoke<number>(name, { tmpMegabytes: 300 })).toMatchObject({ payload: 300, functionError: undefined });
});
