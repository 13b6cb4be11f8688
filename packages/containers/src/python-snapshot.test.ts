import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test } from "@jest/globals";
import { startClient, type RunningClient } from "./testing/runtime-client-harness.ts";

const clients: RunningClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
});

async function start(code: string, files: Readonly<Record<string, string>> = {}): Promise<RunningClient> {
  const client = await startClient({
    runtime: "python3.12",
    interpreter: "python3",
    handler: "app.handler",
    files: { "app.py": code, ...files },
    environment: { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" },
  });
  clients.push(client);
  client.api.openGate();
  return client;
}

const HANDLER = "\ndef handler(event, context):\n  return seen\n";

(hasPython() ? describe : describe.skip)("the Python client with SnapStart", () => {
  test("runs hooks before the snapshot in reverse, and after the restore in order", async () => {
    const client = await start(`
from snapshot_restore_py import register_before_snapshot, register_after_restore
seen = []
register_before_snapshot(seen.append, "before 1")
register_before_snapshot(seen.append, "before 2")
@register_after_restore
def fresh():
  seen.append("after 1")
register_after_restore(lambda *args, **kwargs: seen.append([args, kwargs]), 2, three=3)
${HANDLER}`);
    await client.api.seen("restore");
    expect(client.api.requests).not.toContain("/2018-06-01/runtime/invocation/next");
    client.api.restore();
    expect((await client.api.invoke({})).json()).toEqual(["before 2", "before 1", "after 1", [[2], { three: 3 }]]);
  });

  test("waits to be restored without hooks too", async () => {
    const client = await start(`seen = 1${HANDLER}`);
    await client.api.seen("restore");
    client.api.restore();
    expect((await client.api.invoke({})).json()).toBe(1);
  });

  test("a hook that fails before the snapshot is an init error", async () => {
    const client = await start(`
import snapshot_restore_py
def bad():
  raise ValueError("no")
snapshot_restore_py.register_before_snapshot(bad)
seen = 1${HANDLER}`);
    const { headers, json } = await client.api.initError();
    expect(headers["lambda-runtime-function-error-type"]).toBe("Runtime.BeforeSnapshotError");
    expect(json()).toMatchObject({ errorType: "ValueError", errorMessage: "no" });
    expect(await client.exited).toBe(64);
  });

  test("a hook that fails after the restore is told as that", async () => {
    const client = await start(`
import snapshot_restore_py
snapshot_restore_py.register_after_restore(lambda: 1 / 0)
seen = 1${HANDLER}`);
    await client.api.seen("restore");
    client.api.restore();
    const { headers, json } = await client.api.initError("restore/error");
    expect(headers["lambda-runtime-function-error-type"]).toBe("Runtime.AfterRestoreError");
    expect(json()).toMatchObject({ errorType: "ZeroDivisionError" });
    expect(await client.exited).toBe(65);
  });

  test("a package of that name in the function comes first", async () => {
    const own = `hooks = []\ndef get_before_snapshot():\n  return hooks\ndef get_after_restore():\n  return []\n`;
    const client = await start(
      `import snapshot_restore_py\nseen = []\nsnapshot_restore_py.hooks.append((seen.append, ("own",), {}))${HANDLER}`,
      {
        "snapshot_restore_py.py": own,
      },
    );
    await client.api.seen("restore");
    client.api.restore();
    expect((await client.api.invoke({})).json()).toEqual(["own"]);
  });
});

function hasPython(): boolean {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    if (process.env["CI"] === "true") throw new Error("python3 is needed to test the Python runtime client: install it");
    process.stderr.write("SKIPPED: hooks of the Python runtime client, because no python3 is on PATH\n");
    return false;
  }
}
