/** What every sandbox driver must do about freezing; part of the conformance suite. */
import { expect, test } from "@jest/globals";
import { ConformanceBench, type Subject } from "./bench.ts";
import type { DriverMaker } from "./sandbox-driver.ts";

type Bench = () => ConformanceBench;

/** Asks again and again: whoever is frozen does not. */
const TICKING = `while :; do step tick; done`;
/** The same from a process that left the runtime's process group. */
const TICKING_APART = `setsid sh -c 'while :; do curl --silent "http://$AWS_LAMBDA_RUNTIME_API/tick"; done' & wait`;
/** Rounds that a running sandbox makes while a frozen one must make none. */
const ROUNDS = 20;

/** Runs the suite's part about freezing. */
export function describeFreezing(bench: Bench, makeDriver: DriverMaker): void {
  test.each([
    ["the runtime", TICKING],
    ["a process that the runtime started apart from itself", TICKING_APART],
  ])("stops %s where it is while it is frozen, and lets it go on", async (_who, script) => {
    const [frozen, running] = await Promise.all([started(bench(), script), started(bench(), TICKING)]);
    const { api } = bench();
    const held = await api.request(frozen.token, "tick");
    await frozen.sandbox.freeze();
    held.release();
    for (let round = 0; round < ROUNDS; round++) (await api.request(running.token, "tick")).release();
    expect(api.hasArrived(frozen.token, "tick")).toBe(false);
    await frozen.sandbox.thaw();
    (await api.request(frozen.token, "tick")).release();
  });

  test("may be frozen and thawed again and again, twice in a row and while the other is under way", async () => {
    const subject = await started(bench(), TICKING);
    for (let round = 0; round < 5; round++) {
      const freezing = subject.sandbox.freeze();
      const thawing = subject.sandbox.thaw();
      await Promise.all([freezing, thawing]);
      (await bench().api.request(subject.token, "tick")).release();
      await subject.sandbox.freeze();
      await subject.sandbox.freeze();
      await subject.sandbox.thaw();
      await subject.sandbox.thaw();
      (await bench().api.request(subject.token, "tick")).release();
    }
  });

  describeEndsOfFrozen(bench, makeDriver);
}

function describeEndsOfFrozen(bench: Bench, makeDriver: DriverMaker): void {
  test("kills a frozen runtime and starts another", async () => {
    const subject = await started(bench(), TICKING);
    const held = await bench().api.request(subject.token, "tick");
    await subject.sandbox.freeze();
    await subject.sandbox.killRuntime();
    await held.closed;
    expect((await subject.exit()).status).toBe(137);
    await subject.sandbox.startRuntime();
    (await bench().api.request(subject.token, "tick")).release();
  });

  test("lets a frozen runtime go on that is sent a signal", async () => {
    const subject = await started(bench(), `trap 'exit 5' TERM; sleep 1000 & step ready; wait`);
    const ready = await bench().api.request(subject.token, "ready");
    await subject.sandbox.freeze();
    subject.sandbox.signalRuntime("TERM");
    ready.release();
    expect((await subject.exit()).status).toBe(5);
  });

  test("ends every process of a frozen sandbox on destroy, and freezes no sandbox that is gone", async () => {
    const subject = await started(bench(), TICKING);
    const held = await bench().api.request(subject.token, "tick");
    await subject.sandbox.freeze();
    await subject.sandbox.destroy();
    await held.closed;
    await expect(subject.sandbox.freeze()).rejects.toThrow(/gone/);
    await subject.sandbox.thaw();
  });

  test("reaps in a second life what the first one left frozen", async () => {
    const { api } = bench();
    const first = await ConformanceBench.create(makeDriver(api, "left-frozen"), api);
    const left = await started(first, TICKING);
    const held = await api.request(left.token, "tick");
    await left.sandbox.freeze();
    const second = await ConformanceBench.create(makeDriver(api, "left-frozen"), api);
    expect(await second.driver.reap()).toBe(1);
    await held.closed;
    for (const life of [first, second]) await life.close();
  });
}

async function started(bench: ConformanceBench, script: string): Promise<Subject> {
  const subject = await bench.subject(script);
  await subject.sandbox.startRuntime();
  return subject;
}
