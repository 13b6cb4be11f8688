import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { step } from "@lambdock/fleet/environment";
import { newborn, type Environment } from "@lambdock/fleet/environment-state";
import type { Effect, EnvironmentEvent, Run } from "@lambdock/fleet/environment-protocol";

const run: Run = { requestId: "r1", version: "$LATEST", timeoutMs: 3_000, tail: false };
const success = { type: "runtime-answer", ending: { kind: "success" } } as const;
const decode = (payload: string | Uint8Array): string => (typeof payload === "string" ? payload : new TextDecoder().decode(payload));

/** Plays events at instants and answers every effect with the last state. */
function play(
  events: readonly (readonly [number, EnvironmentEvent])[],
  from: Environment = newborn,
): { environment: Environment; effects: Effect[] } {
  const effects: Effect[] = [];
  let environment = from;
  for (const [now, event] of events) {
    const next = step(environment, event, now);
    environment = next.environment;
    effects.push(...next.effects);
  }
  return { environment, effects };
}

const types = (effects: readonly Effect[]): string[] => effects.map((effect) => effect.type);
const report = (effects: readonly Effect[]): Effect | undefined => effects.findLast((effect) => effect.type === "log-report");
const answer = (effects: readonly Effect[]): Extract<Effect, { type: "respond" }> => effects.find((effect) => effect.type === "respond")!;

const warmUp: readonly (readonly [number, EnvironmentEvent])[] = [
  [0, { type: "sandbox-ready" }],
  [10, { type: "assign", run }],
  [60, { type: "runtime-next" }],
  [70, success],
  [72, { type: "runtime-next" }],
];

describe("a cold start", () => {
  test("runs init before the invocation and reports both durations", () => {
    const { environment, effects } = play(warmUp);
    expect(environment).toMatchObject({ phase: "idle", cold: false });
    expect(types(effects)).toEqual([
      "state",
      "state",
      "log-init-start",
      "start-runtime",
      "wake",
      "init-ended",
      "state",
      "log",
      "deliver",
      "wake",
      "respond",
      "settle",
      "log",
      "log-report",
      "state",
    ]);
    expect(report(effects)).toMatchObject({ durationMs: 12, initDurationMs: 50, status: "success" });
  });

  test("gives the caller the answer before the runtime asks for more", () => {
    const { effects } = play(warmUp.slice(0, 4));
    expect(answer(effects).ending).toEqual({ kind: "success" });
  });

  test("reports no init duration on the second invocation", () => {
    const { effects } = play([...warmUp, [100, { type: "assign", run }], [101, success], [102, { type: "runtime-next" }]]);
    expect(report(effects)).not.toHaveProperty("initDurationMs");
    expect(report(effects)).toMatchObject({ durationMs: 2 });
  });

  test("holds the answer until the end of the run when the caller wants the log tail", () => {
    const tailed = { ...run, tail: true };
    const before = play([
      [0, { type: "sandbox-ready" }],
      [1, { type: "assign", run: tailed }],
      [2, { type: "runtime-next" }],
      [3, success],
    ]);
    expect(types(before.effects)).not.toContain("respond");
    const after = play([[4, { type: "runtime-next" }]], before.environment);
    expect(types(after.effects)).toEqual(["settle", "log", "log-report", "respond", "state"]);
  });
});

describe("an init that fails", () => {
  const initError: EnvironmentEvent = {
    type: "init-error",
    payload: new TextEncoder().encode('{"errorType":"X"}'),
    errorType: "Runtime.ImportModuleError",
  };

  test("is retried inside the invocation, and its second error is the answer, verbatim", () => {
    const { environment, effects } = play([
      [0, { type: "sandbox-ready" }],
      [0, { type: "assign", run }],
      [40, initError],
      [90, initError],
    ]);
    expect(environment).toMatchObject({ phase: "idle", cold: true });
    expect(types(effects).filter((type) => type === "start-runtime")).toHaveLength(2);
    expect(effects).toContainEqual({
      type: "log",
      line: { type: "init-report", durationMs: 40, phase: "init", status: "error", errorType: "Runtime.ImportModuleError" },
    });
    const { ending } = answer(effects);
    expect(ending.kind === "fault" && decode(ending.fault.payload)).toBe('{"errorType":"X"}');
    expect(report(effects)).toMatchObject({ durationMs: 50, status: "error", errorType: "Runtime.ImportModuleError" });
  });

  test("times out after ten seconds and is retried within the function's timeout", () => {
    const { effects, environment } = play([
      [0, { type: "sandbox-ready" }],
      [5, { type: "assign", run }],
      [10_005, { type: "deadline", key: "init@5" }],
      [13_005, { type: "deadline", key: "r1" }],
    ]);
    expect(effects).toContainEqual({ type: "log", line: { type: "init-report", durationMs: 10_000, phase: "init", status: "timeout" } });
    const { ending } = answer(effects);
    expect(ending.kind === "fault" && decode(ending.fault.payload)).toBe(
      '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r1 Error: Task timed out after 3.00 seconds"}',
    );
    expect(environment).toMatchObject({ phase: "idle", cold: true });
  });

  test("delivers the invocation when the retry succeeds", () => {
    const { effects } = play([
      [0, { type: "sandbox-ready" }],
      [0, { type: "assign", run }],
      [40, { type: "runtime-exit", status: 1, outOfMemory: false }],
      [80, { type: "runtime-next" }],
      [90, success],
      [91, { type: "runtime-next" }],
    ]);
    expect(types(effects)).toContain("deliver");
    expect(report(effects)).toMatchObject({ durationMs: 51, status: "success" });
    expect(report(effects)).not.toHaveProperty("initDurationMs");
  });
});

describe("a run that breaks", () => {
  const exits: readonly (readonly [string, EnvironmentEvent, string, string])[] = [
    [
      "exits with 0",
      { type: "runtime-exit", status: 0, outOfMemory: false },
      "Runtime exited without providing a reason",
      "Runtime.ExitError",
    ],
    [
      "exits with 3",
      { type: "runtime-exit", status: 3, outOfMemory: false },
      "Runtime exited with error: exit status 3",
      "Runtime.ExitError",
    ],
    [
      "is killed",
      { type: "runtime-exit", status: 137, outOfMemory: false },
      "Runtime exited with error: signal: killed",
      "Runtime.ExitError",
    ],
    [
      "is out of memory",
      { type: "runtime-exit", status: 137, outOfMemory: true },
      "Runtime exited with error: signal: killed",
      "Runtime.OutOfMemory",
    ],
    [
      "has no bootstrap",
      { type: "runtime-exit", status: 127, outOfMemory: false, invalidEntrypoint: true },
      "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
      "Runtime.InvalidEntrypoint",
    ],
  ];
  test.each(exits)("%s: AWS's payload, and a cold environment", (_name, exit, text, errorType) => {
    const { environment, effects } = play([...warmUp, [100, { type: "assign", run }], [120, exit]]);
    expect(environment).toMatchObject({ phase: "idle", cold: true });
    const { ending } = effects.findLast((effect) => effect.type === "respond")!;
    expect(ending.kind === "fault" && decode(ending.fault.payload)).toContain(`RequestId: r1 Error: ${text}`);
    expect(report(effects)).toMatchObject({ status: "error", errorType });
  });

  test("starts the next invocation with a suppressed init", () => {
    const { effects } = play([
      ...warmUp,
      [100, { type: "assign", run }],
      [3_100, { type: "deadline", key: "r1" }],
      [4_000, { type: "assign", run }],
    ]);
    expect(types(effects).slice(-4)).toEqual(["state", "log", "start-runtime", "wake"]);
    expect(types(effects).filter((type) => type === "log-init-start")).toHaveLength(1);
  });

  test("survives a response that is too large", () => {
    const { environment, effects } = play([
      ...warmUp,
      [100, { type: "assign", run }],
      [110, { type: "response-too-large" }],
      [111, { type: "runtime-next" }],
    ]);
    expect(environment).toMatchObject({ phase: "idle", cold: false });
    expect(report(effects)).toMatchObject({ status: "failure" });
  });

  test("answers its caller when the sandbox is lost", () => {
    const { environment, effects } = play([...warmUp, [100, { type: "assign", run }], [110, { type: "lost", reason: "gone" }]]);
    expect(environment.phase).toBe("stopped");
    expect(effects.findLast((effect) => effect.type === "respond")).toMatchObject({ ending: { kind: "unavailable", message: "gone" } });
  });
});

test("a retired environment finishes its run, then stops", () => {
  const { environment, effects } = play([
    ...warmUp,
    [100, { type: "assign", run }],
    [101, { type: "retire" }],
    [110, success],
    [111, { type: "runtime-next" }],
  ]);
  expect(environment.phase).toBe("stopped");
  expect(types(effects).at(-1)).toBe("destroy");
});

test("whatever happens, each assigned run is answered at most once and nothing follows destroy", () => {
  const events = fc.constantFrom<EnvironmentEvent>(
    { type: "runtime-next" },
    success,
    { type: "runtime-answer", ending: { kind: "function-error", payload: new Uint8Array() } },
    { type: "response-too-large" },
    { type: "init-error", payload: new Uint8Array(), errorType: "Runtime.Unknown" },
    { type: "runtime-exit", status: 1, outOfMemory: false },
    { type: "deadline", key: "init@0" },
    { type: "retire" },
    { type: "sandbox-ready" },
    { type: "lost", reason: "x" },
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 4, arbitrary: events }, { weight: 1, arbitrary: fc.constant("assign" as const) }), { maxLength: 40 }),
      fc.boolean(),
      (script, tail) => {
        let environment: Environment = newborn;
        const answered: string[] = [];
        let assigned = 0;
        let destroyed = 0;
        for (const item of script) {
          const free =
            environment.run === undefined &&
            (environment.phase === "idle" || environment.phase === "spare" || environment.phase === "creating");
          if (item === "assign" && !free) continue;
          const event: EnvironmentEvent =
            item === "assign" ? { type: "assign", run: { ...run, requestId: `r${(assigned += 1)}`, tail } } : item;
          const wasStopped = environment.phase === "stopped";
          const next = step(environment, event, 0);
          if (wasStopped) expect(next.effects).toEqual([]);
          environment = next.environment;
          for (const effect of next.effects) {
            if (effect.type === "respond") answered.push(effect.run.requestId);
            if (effect.type === "destroy") destroyed += 1;
          }
        }
        expect(new Set(answered).size).toBe(answered.length);
        expect(destroyed).toBe(environment.phase === "stopped" ? 1 : 0);
        // Whoever was assigned and has no run any more was answered.
        expect(answered.length + (environment.run === undefined || environment.answered !== undefined ? 0 : 1)).toBeGreaterThanOrEqual(
          assigned - (tail && environment.run !== undefined ? 1 : 0),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});
