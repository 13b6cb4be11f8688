import { afterEach, expect, test } from "@jest/globals";
import { bodyOf, environmentUnderTest, type EnvironmentScripts } from "../testing/environment-fixture.ts";
import type { Script } from "../testing/scripted-driver.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function environment(scripts: EnvironmentScripts) {
  const made = await environmentUnderTest(scripts);
  closing.push(() => made.close());
  return made;
}

/** Says what happens to it, and answers with its environment's initialization type. */
const hooked: Script = async (runtime) => {
  runtime.print("init\n");
  const { status } = await runtime.get("/restore/next");
  runtime.print(`restored ${status}\n`);
  for (;;) {
    const { requestId } = await runtime.next();
    await runtime.respond(requestId, JSON.stringify(runtime.environment["AWS_LAMBDA_INITIALIZATION_TYPE"]));
  }
};

test("a SnapStart environment initializes ahead of its first invocation and is restored for it", async () => {
  const { begin, controller, invoke, heard, text } = await environment({ script: hooked, spec: { snapStart: true } });
  controller.initialize();
  begin();
  await heard("initialized");
  expect(text()).toMatch(
    /^INIT_START Runtime Version: scripted:1.v1\t.*\ninit\nINIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: success\n$/,
  );
  expect(bodyOf(await invoke())).toBe('"snap-start"');
  await heard("idle");
  const after = text().split("\n").slice(3, -1);
  expect(after[0]).toMatch(/^RESTORE_START Runtime Version: scripted:1.v1\tRuntime Version ARN: arn:/);
  expect(after[1]).toBe("restored 200");
  expect(after[2]).toMatch(/^RESTORE_REPORT Restore Duration: \d+\.\d\d ms$/);
  expect(after[3]).toMatch(/^START RequestId: \S+ Version: 7$/);
  expect(after.at(-1)).toMatch(/Max Memory Used: 42 MB\tRestore Duration: \d+\.\d\d ms\tBilled Restore Duration: \d+ ms\t$/);
});

test("without anybody's asking it does so too, and the second invocation restores nothing", async () => {
  const { begin, invoke, heard, text, lifecycle } = await environment({ script: hooked, spec: { snapStart: true } });
  begin();
  await invoke();
  await heard("idle");
  await invoke();
  await heard("idle", 2);
  expect(text().match(/RESTORE_REPORT/g)).toHaveLength(1);
  expect(text().match(/\tRestore Duration/g)).toHaveLength(1);
  const starts = lifecycle.filter((event) => event.type === "invocation-start");
  expect(starts.map(({ cold }) => cold)).toEqual([true, false]);
});

test("a runtime that knows nothing of restoring is served all the same", async () => {
  const { begin, invoke } = await environment({
    script: async (runtime) => {
      const { requestId } = await runtime.next();
      await runtime.respond(requestId, "1");
      await runtime.next();
    },
    spec: { snapStart: true },
  });
  begin();
  expect(bodyOf(await invoke())).toBe("1");
});

test("a hook that fails after the restore is SnapStartException, and the environment ends", async () => {
  const { begin, invoke, heard, text } = await environment({
    script: async (runtime) => {
      await runtime.get("/restore/next");
      const headers = { "Lambda-Runtime-Function-Error-Type": "Runtime.AfterRestoreError" };
      await runtime.post("/restore/error", '{"errorType":"E","errorMessage":"m"}', headers);
      runtime.exit({ status: 65, outOfMemory: false });
    },
    spec: { snapStart: true },
  });
  begin();
  expect(await invoke()).toMatchObject({ kind: "snap-start-error", code: "SnapStartException" });
  await heard("stopped");
  expect(text()).toMatch(/RESTORE_REPORT Restore Duration: \d+\.\d\d ms\tStatus: error\tError Type: Runtime.AfterRestoreError\n/);
});

test("an init that fails while nobody waits is told with its error type, and the environment ends", async () => {
  const { begin, controller, heard, told, text } = await environment({
    script: async (runtime) => {
      await runtime.post("/init/error", "{}", { "Lambda-Runtime-Function-Error-Type": "Runtime.BeforeSnapshotError" });
    },
    spec: { snapStart: true },
  });
  begin();
  controller.initialize();
  await heard("stopped");
  expect(told).toContain("init failed: The init phase failed: Runtime.BeforeSnapshotError. Runtime.BeforeSnapshotError");
  expect(text()).toContain("Phase: init\tStatus: error\tError Type: Runtime.BeforeSnapshotError\n");
});

test("provisioned concurrency: init is reported at once and is no part of the first invocation's report", async () => {
  const { begin, controller, heard, invoke, text } = await environment({
    script: async (runtime) => {
      for (;;) {
        const { requestId } = await runtime.next();
        await runtime.respond(requestId, JSON.stringify(runtime.environment["AWS_LAMBDA_INITIALIZATION_TYPE"]));
      }
    },
    initializationType: "provisioned-concurrency",
    spec: { logging: { format: "JSON", logGroup: "g" } },
  });
  begin();
  controller.initialize();
  await heard("initialized");
  const reports = (): readonly Record<string, unknown>[] =>
    text()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(reports().at(-1)).toMatchObject({
    type: "platform.initReport",
    record: { initializationType: "provisioned-concurrency", phase: "init", status: "success" },
  });
  expect(bodyOf(await invoke())).toBe('"provisioned-concurrency"');
  await heard("idle");
  expect(reports().at(-1)).toMatchObject({ type: "platform.report", record: { status: "success" } });
  expect(JSON.stringify(reports().at(-1))).not.toContain("initDurationMs");
});

test("streamed responses pass at the bandwidth that is set, behind the first 6 MiB", async () => {
  const bytes = 6_291_456 + 300_000;
  const { begin, invoke } = await environment({
    script: async (runtime) => {
      const { requestId } = await runtime.next();
      await runtime.stream(requestId, ["x".repeat(bytes)]);
      await runtime.next();
    },
    spec: { timeoutMs: 10_000 },
    streamBytesPerSecond: 1_000_000,
  });
  begin();
  const begunAt = performance.now();
  const outcome = await invoke({ mode: "streaming" });
  if (outcome.kind !== "streaming") throw new Error("expected a stream");
  let received = 0;
  for await (const chunk of outcome.chunks) received += chunk.byteLength;
  expect(received).toBe(bytes);
  expect(performance.now() - begunAt).toBeGreaterThan(200);
});
