/** What every sandbox driver must do, run against each of them by its own test file. */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { ConformanceBench } from "./bench.ts";
import { describeExtensions } from "./extensions.ts";
import { describeFreezing } from "./freezing.ts";
import { ConformanceRuntimeApi } from "./runtime-api.ts";
import type { Sandbox, SandboxDriver } from "../../port.ts";

/** What the suite has to know about a driver. */
export interface DriverTraits {
  /** Code is read-only for the function: containers only. */
  readonly readOnlyCode: boolean;
  /** Takes the sandbox away from outside, as an operator or a crash would. */
  readonly takeAway: (sandbox: Sandbox) => Promise<void>;
}

/** Makes a driver for an owner, whose data directory is its own; called twice for one owner to see what a second life does. */
export type DriverMaker = (runtimeApi: ConformanceRuntimeApi, owner: string) => SandboxDriver;

const LINES = 10_000;
const NUMBERED = Array.from({ length: LINES }, (_, index) => `line ${index + 1}\n`).join("");

/** Runs the suite against one driver. */
export function describeSandboxDriver(name: string, makeDriver: DriverMaker, traits: DriverTraits): void {
  describe(`${name} as a sandbox driver`, () => {
    let bench: ConformanceBench;

    beforeAll(async () => {
      const api = await ConformanceRuntimeApi.listen();
      const driver = makeDriver(api, "conformance");
      await driver.reap();
      await driver.ping();
      bench = await ConformanceBench.create(driver, api);
    }, 120_000);
    afterEach(() => bench.destroySubjects());
    afterAll(async () => {
      await bench.close();
      await bench.api.close();
    });

    describeOutput(() => bench);
    describeRuntimes(() => bench);
    describeEnds(() => bench);
    describeExtensions(() => bench);
    describeFreezing(() => bench, makeDriver);
    describeLosses(() => bench, makeDriver, traits);
    describeSurroundings(() => bench, traits);
  });
}

type Bench = () => ConformanceBench;

function describeOutput(bench: Bench): void {
  test("delivers every line that was written before a request to the Runtime API, in order", async () => {
    const subject = await bench().subject(
      `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line $i"; done; step printed; exec sleep 1000`,
    );
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "printed");
    await subject.sandbox.drained();
    expect(subject.output()).toBe(NUMBERED);
  });

  test("keeps stdout and stderr in the order of writing", async () => {
    const subject = await bench().subject(`echo one; echo two >&2; echo three; echo four >&2; step printed`);
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "printed");
    await subject.sandbox.drained();
    expect(subject.output()).toBe("one\ntwo\nthree\nfour\n");
  });

  test("passes bytes on unchanged, without a line feed at the end", async () => {
    const subject = await bench().subject(`printf '\\303\\244\\000\\001no line feed'; step printed`);
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "printed");
    await subject.sandbox.drained();
    expect(subject.output()).toBe("ä\u0000\u0001no line feed");
  });

  test("does not wait for a function that never stops printing", async () => {
    const subject = await bench().subject(`while :; do echo more; done & step printing; wait`);
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "printing");
    await subject.sandbox.drained();
    await subject.sandbox.killRuntime();
    expect(subject.output()).toMatch(/^(more\n)+/);
  });

  test("delivers what a dying runtime wrote last", async () => {
    const subject = await bench().subject(`echo last words; exit 1`);
    await subject.sandbox.startRuntime();
    await subject.exit();
    await subject.sandbox.drained();
    expect(subject.output()).toBe("last words\n");
  });
}

function describeRuntimes(bench: Bench): void {
  test("starts no code before startRuntime", async () => {
    const subject = await bench().subject(`step started`);
    await subject.sandbox.drained();
    expect(bench().api.hasArrived(subject.token, "started")).toBe(false);
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "started");
  });

  test.each([
    ["exit 0", 0],
    ["exit 3", 3],
    ["kill -KILL $$", 137],
    ["kill -SEGV $$", 139],
  ])("reports the status of a runtime that ends with `%s`", async (script, status) => {
    const subject = await bench().subject(script);
    await subject.sandbox.startRuntime();
    expect(await subject.exit()).toEqual({ status, outOfMemory: false });
  });

  test("keeps /tmp when the runtime is killed and started again, and runs it once each time", async () => {
    const subject = await bench().subject(`echo run >>"$tmp/runs"; step runs "$(cat "$tmp/runs")"; exec sleep 1000`);
    await subject.sandbox.startRuntime();
    expect((await bench().api.request(subject.token, "runs")).body).toBe("run");
    await subject.sandbox.killRuntime();
    expect(await subject.exit()).toEqual({ status: 137, outOfMemory: false });
    await subject.sandbox.startRuntime();
    expect((await bench().api.request(subject.token, "runs")).body).toBe("run\nrun");
    await subject.sandbox.drained();
    expect(subject.output()).toBe(""); // nobody adds lines of his own, such as "Killed"
  });

  test("can be started again after its runtime ended by itself", async () => {
    const subject = await bench().subject(`step run; exit 7`);
    for (let run = 1; run <= 3; run++) {
      await subject.sandbox.startRuntime();
      (await bench().api.request(subject.token, "run")).release();
      expect((await subject.exit()).status).toBe(7);
    }
  });

  test("kills a runtime that was started just before", async () => {
    const subject = await bench().subject(`exec sleep 1000`);
    for (let round = 0; round < 5; round++) {
      await subject.sandbox.startRuntime();
      await subject.sandbox.killRuntime();
      expect((await subject.exit()).status).toBe(137);
    }
  });
}

function describeEnds(bench: Bench): void {
  test("reports status 127 for a function without a bootstrap and 126 for one that can't be executed", async () => {
    const without = await bench().subjectOf(await bench().codeDirectory({ "other-file": "" }));
    await without.sandbox.startRuntime();
    expect((await without.exit()).status).toBe(127);
    const directory = await bench().codeDirectory({ bootstrap: "#!/bin/sh\n" });
    await chmod(join(directory, "bootstrap"), 0o644);
    const closed = await bench().subjectOf(directory);
    await closed.sandbox.startRuntime();
    expect((await closed.exit()).status).toBe(126);
  });

  test("kills the processes that the runtime left in the background", async () => {
    const subject = await bench().subject(`(trap '' TERM HUP; step background) & step foreground`);
    await subject.sandbox.startRuntime();
    const [background, foreground] = await Promise.all([
      bench().api.request(subject.token, "background"),
      bench().api.request(subject.token, "foreground"),
    ]);
    await subject.sandbox.killRuntime();
    await Promise.all([background.closed, foreground.closed]);
  });

  test("reports an exit of a function that kills everything it can reach", async () => {
    const subject = await bench().subject(`step ready; kill -KILL 0`);
    await subject.sandbox.startRuntime();
    (await bench().api.request(subject.token, "ready")).release();
    expect((await subject.exit()).status).toBe(137);
  });

  test("ends every process on destroy, and destroy may be called again", async () => {
    const subject = await bench().subject(`step here`);
    await subject.sandbox.startRuntime();
    const request = await bench().api.request(subject.token, "here");
    await Promise.all([subject.sandbox.destroy(), subject.sandbox.destroy()]);
    await request.closed;
    await subject.sandbox.destroy();
    await expect(subject.sandbox.startRuntime()).rejects.toThrow(/gone/);
  });
}

function describeLosses(bench: Bench, makeDriver: DriverMaker, traits: DriverTraits): void {
  test("tells that a sandbox was taken away", async () => {
    const subject = await bench().subject(`step here`);
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "here");
    await traits.takeAway(subject.sandbox);
    expect(typeof (await subject.lost)).toBe("string");
  });

  test("reaps in a second life what the first one left, and nothing of its own", async () => {
    const { api } = bench();
    const first = await ConformanceBench.create(makeDriver(api, "reaped"), api);
    const left = await first.subject(`step here`);
    await left.sandbox.startRuntime();
    const request = await api.request(left.token, "here");
    const second = await ConformanceBench.create(makeDriver(api, "reaped"), api);
    expect(await second.driver.reap()).toBe(1);
    await request.closed;
    const own = await second.subject(`step here`);
    expect(await second.driver.reap()).toBe(0);
    await own.sandbox.startRuntime();
    await api.request(own.token, "here");
    for (const life of [first, second]) await life.close();
  });
}

function describeSurroundings(bench: Bench, traits: DriverTraits): void {
  test("gives the function its environment as it is", async () => {
    const environment = { QUOTED: `a "b" 'c' $HOME \\`, LINES: "one\ntwo", EMPTY: "", GREETING: "wörld 👋" };
    const subject = await bench().subject(`step env "$(printf '%s|' "$QUOTED" "$LINES" "\${EMPTY-unset}" "$GREETING")"`, { environment });
    await subject.sandbox.startRuntime();
    const { body } = await bench().api.request(subject.token, "env");
    expect(body).toBe(`${environment.QUOTED}|${environment.LINES}||${environment.GREETING}|`);
  });

  test("starts the runtime in the directory of its code", async () => {
    const subject = await bench().subject(`step pwd "$([ "$(pwd)" = "$LAMBDA_TASK_ROOT" ] && ls)"`);
    await subject.sandbox.startRuntime();
    expect((await bench().api.request(subject.token, "pwd")).body).toBe("bootstrap");
  });

  // A driver that mounts nothing has nothing to keep read-only: no test, rather than a skipped one.
  const whereReadOnly: (name: string, run: () => Promise<void>) => void = traits.readOnlyCode ? test : () => undefined;
  whereReadOnly("keeps the function from changing its code", async () => {
    const subject = await bench().subject(`touch /var/task/new && echo changed; echo x >>/var/task/bootstrap && echo changed; step tried`);
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "tried");
    await subject.sandbox.drained();
    expect(subject.output()).not.toContain("changed");
  });

  test("measures the memory that the function used", async () => {
    const subject = await bench().subject(`a=$(head -c 40000000 /dev/zero | tr '\\0' x); step filled \${#a}; exec sleep 1000`);
    await subject.sandbox.startRuntime();
    expect((await bench().api.request(subject.token, "filled")).body).toBe("40000000");
    await subject.sandbox.drained();
    expect(subject.sandbox.maxMemoryUsedMb()).toBeGreaterThanOrEqual(38);
    expect(subject.sandbox.maxMemoryUsedMb()).toBeLessThan(200);
  });

  test("kills a function that exceeds its MemorySize, says so, and can start it again", async () => {
    const subject = await bench().subject(`step begin; a=$(head -c 400000000 /dev/zero | tr '\\0' x); step survived`, {
      memorySizeMb: 128,
    });
    await subject.sandbox.startRuntime();
    (await bench().api.request(subject.token, "begin")).release();
    expect(await subject.exit()).toEqual({ status: 137, outOfMemory: true });
    expect(subject.sandbox.maxMemoryUsedMb()).toBe(128);
    await subject.sandbox.startRuntime();
    await bench().api.request(subject.token, "begin");
    await subject.sandbox.killRuntime();
    expect(await subject.exit()).toEqual({ status: 137, outOfMemory: false });
  });

  test("makes ten sandboxes at once, each with a Runtime API of its own", async () => {
    const subjects = await Promise.all(
      Array.from({ length: 10 }, (_, index) => bench().subject(`step who "$WHO"`, { environment: { WHO: String(index) } })),
    );
    await Promise.all(subjects.map(({ sandbox }) => sandbox.startRuntime()));
    const requests = await Promise.all(subjects.map(({ token }) => bench().api.request(token, "who")));
    expect(requests.map(({ body }) => body)).toEqual(subjects.map((_, index) => String(index)));
  });
}
