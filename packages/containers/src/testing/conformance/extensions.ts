/** What every sandbox driver must do about external extensions; part of the conformance suite. */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { ConformanceBench, Subject } from "./bench.ts";
import type { ExtensionExit } from "../../port.ts";

type Bench = () => ConformanceBench;

/** Runs the suite's part about extensions. */
export function describeExtensions(bench: Bench): void {
  describeStarts(bench);
  describeFailures(bench);
  describeMemory(bench);
}

function describeStarts(bench: Bench): void {
  test("finds the files in /opt/extensions, and starts them before the runtime when it is told to", async () => {
    const layers = await bench().layers({ "extensions/one": `step one-runs`, "extensions/two words": `step two-runs` });
    const subject = await bench().subject(`step runtime-runs`, { layersDirectory: layers });
    expect([...subject.sandbox.extensions].sort()).toEqual(["one", "two words"]);
    await subject.sandbox.startExtensions();
    const requests = await Promise.all([bench().api.request(subject.token, "one-runs"), bench().api.request(subject.token, "two-runs")]);
    expect(bench().api.hasArrived(subject.token, "runtime-runs")).toBe(false);
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "runtime-runs");
    await subject.sandbox.killRuntime();
    await Promise.all(requests.map(({ closed }) => closed));
  });

  test("has no extensions where there are none", async () => {
    const subject = await bench().subject(`step runs`);
    expect(subject.sandbox.extensions).toEqual([]);
  });

  test("hides from an extension what is only for the runtime", async () => {
    const script = `step told "\${_HANDLER-none} \${SECRET-none} \${_LAMBDA_TELEMETRY_LOG_FD-none} $SEEN"`;
    const subject = await bench().subject(`:`, {
      layersDirectory: await bench().layers({ "extensions/curious": script }),
      environment: { SECRET: "s", SEEN: "seen" },
      hiddenFromExtensions: ["_HANDLER", "SECRET"],
    });
    await subject.sandbox.startExtensions();
    expect((await bench().api.request(subject.token, "told")).body).toBe("none none none seen");
  });
}

function describeFailures(bench: Bench): void {
  test("tells how an extension ended, and that it may start again", async () => {
    const layersDirectory = await bench().layers({ "extensions/brief": `step begun; echo printed; exit 3` });
    const subject = await bench().subject(`:`, { layersDirectory });
    for (const round of [1, 2]) {
      await subject.sandbox.startExtensions();
      (await bench().api.request(subject.token, "begun")).release();
      await seen(bench(), subject, round);
    }
    expect(subject.extensionExits).toEqual([
      { name: "brief", status: 3 },
      { name: "brief", status: 3 },
    ]);
    await subject.sandbox.drained();
    expect(subject.extensionOutput() + subject.output()).toBe("printed\nprinted\n");
  });

  const unstartable: readonly (readonly [string, string, number, ExtensionExit["launchError"]])[] = [
    ["is not executable", "#!/bin/sh\nexit 0\n", 0o644, "permission denied"],
    ["is neither a program nor a script", "exit 0\n", 0o755, "exec format error"],
    ["names an interpreter that is missing", "#!/no/such/program\n", 0o755, "no such file or directory"],
  ];
  test.each(unstartable)("says that an extension can't be started which %s", async (_why, text, mode, launchError) => {
    const layersDirectory = await bench().codeDirectory({ "extensions/odd": text });
    await chmod(join(layersDirectory, "extensions/odd"), mode);
    const subject = await bench().subject(`:`, { layersDirectory });
    await subject.sandbox.startExtensions();
    await seen(bench(), subject, 1);
    expect(subject.extensionExits).toMatchObject([{ name: "odd", launchError }]);
  });

  test("sends the runtime a signal that it may catch, or that ends it alone", async () => {
    const layersDirectory = await bench().layers({ "extensions/stays": `step stays` });
    const subject = await bench().subject(`trap 'step caught; exit 7' TERM; step ready; while :; do sleep 0.01; done`, { layersDirectory });
    await subject.sandbox.startExtensions();
    const extension = await bench().api.request(subject.token, "stays");
    await subject.sandbox.startRuntime();
    (await bench().api.request(subject.token, "ready")).release();
    subject.sandbox.signalRuntime("TERM");
    (await bench().api.request(subject.token, "caught")).release();
    expect((await subject.exit()).status).toBe(7);
    await subject.sandbox.startRuntime();
    (await bench().api.request(subject.token, "ready")).release();
    subject.sandbox.signalRuntime("KILL");
    expect((await subject.exit()).status).toBe(137);
    expect(subject.extensionExits).toEqual([]);
    await subject.sandbox.killRuntime();
    await extension.closed;
  });
}

function describeMemory(bench: Bench): void {
  test("ends an extension that takes more than MemorySize before the runtime starts, which it may then", async () => {
    const layersDirectory = await bench().layers({ "extensions/hog": `exec perl -e '$x = "x" x (300 << 20); sleep 600'` });
    const subject = await bench().subject(`step runs`, { layersDirectory, memorySizeMb: 128 });
    for (const round of [1, 2]) {
      await subject.sandbox.startExtensions();
      await seen(bench(), subject, round);
    }
    expect(subject.extensionExits).toEqual([
      { name: "hog", status: 137 },
      { name: "hog", status: 137 },
    ]);
    await subject.sandbox.startRuntime();
    (await bench().api.request(subject.token, "runs")).release();
    expect(await subject.exit()).toMatchObject({ status: 0 });
  });
}

/** Waits for ends of extensions; each look is a round trip of another sandbox. */
async function seen(bench: ConformanceBench, subject: Subject, exits: number): Promise<void> {
  if (subject.extensionExits.length >= exits) return;
  const metronome = await bench.subject(`while :; do step tick; done`);
  await metronome.sandbox.startRuntime();
  while (subject.extensionExits.length < exits) (await bench.api.request(metronome.token, "tick")).release();
}
