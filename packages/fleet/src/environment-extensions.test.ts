import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { step } from "@lambdock/fleet/environment";
import { newborn, unhurriedInitLimitMs, type Environment } from "@lambdock/fleet/environment-state";
import type { Effect, EnvironmentEvent, Run } from "@lambdock/fleet/environment-protocol";

type Script = readonly (readonly [number, EnvironmentEvent])[];

const run: Run = { requestId: "r1", version: "1", timeoutMs: 3_000, tail: false };
const success = { type: "runtime-answer", ending: { kind: "success" } } as const;
const next = { type: "runtime-next" } as const;
const registered = (
  name: string,
  events: readonly ("INVOKE" | "SHUTDOWN")[] = ["INVOKE", "SHUTDOWN"],
  external = true,
): EnvironmentEvent => ({
  type: "extension-registered",
  name,
  external,
  events,
});
const asks = (name: string): EnvironmentEvent => ({ type: "extension-next", name });

function play(events: Script, from: Environment = newborn): { environment: Environment; effects: Effect[] } {
  const effects: Effect[] = [];
  let environment = from;
  for (const [now, event] of events) {
    const stepped = step(environment, event, now);
    environment = stepped.environment;
    effects.push(...stepped.effects);
  }
  return { environment, effects };
}

const types = (effects: readonly Effect[]): string[] => effects.map((effect) => effect.type);
const report = (effects: readonly Effect[]): Effect | undefined => effects.findLast((effect) => effect.type === "log-report");

const init: Script = [
  [0, { type: "sandbox-ready", extensions: ["a", "b"] }],
  [0, { type: "assign", run }],
  [10, registered("a")],
  [20, registered("b", ["SHUTDOWN"])],
];
const started: Script = [...init, [30, next], [40, asks("a")], [50, asks("b")]];

describe("init with external extensions", () => {
  test("starts them first, and the runtime when the last has registered", () => {
    const before = play(init.slice(0, 3));
    expect(types(before.effects)).toContain("start-extensions");
    expect(types(before.effects)).not.toContain("start-runtime");
    expect(types(play(init.slice(3), before.environment).effects)).toEqual(["start-runtime"]);
  });

  test("is over when the runtime and all of them have asked for their first event, in whatever order", () => {
    const orders: Script[] = [
      [
        [30, next],
        [40, asks("a")],
        [50, asks("b")],
      ],
      [
        [30, asks("a")],
        [40, asks("b")],
        [50, next],
      ],
      [
        [30, asks("b")],
        [40, next],
        [50, asks("a")],
      ],
    ];
    for (const order of orders) {
      const almost = play([...init, ...order.slice(0, 2)]);
      expect(types(almost.effects)).not.toContain("deliver");
      const { effects } = play(order.slice(2), almost.environment);
      expect(types(effects)).toEqual(["init-ended", "log", "log", "state", "log", "deliver", "invoke-extensions", "wake"]);
      expect(effects.find((effect) => effect.type === "invoke-extensions")).toMatchObject({ names: ["a"], deadlineAt: 3_050 });
    }
  });

  test("times out when one does not register", () => {
    const { effects } = play([...init.slice(0, 3), [10_000, { type: "deadline", key: "init@0" }]]);
    expect(effects).toContainEqual({ type: "log", line: { type: "init-report", durationMs: 10_000, phase: "init", status: "timeout" } });
    expect(effects).toContainEqual({ type: "log", line: { type: "extension", name: "b", state: "Started", events: [] } });
    expect(types(effects).filter((type) => type === "start-extensions")).toHaveLength(2);
  });
});

describe("an invocation with extensions", () => {
  const answered: Script = [...started, [60, success]];

  test("answers the caller at once and lasts until runtime and extensions are done", () => {
    const runtimeDone = play([...answered, [62, next]]);
    expect(types(runtimeDone.effects)).toContain("respond");
    expect(runtimeDone.environment.phase).toBe("busy");
    const { environment, effects } = play([[90, asks("a")]], runtimeDone.environment);
    expect(environment).toMatchObject({ phase: "idle", cold: false });
    expect(report(effects)).toMatchObject({ durationMs: 40, initDurationMs: 50, extensionsMs: 28 });
  });

  test("is over with the runtime when the extension was faster", () => {
    const { environment, effects } = play([...answered, [61, asks("a")], [62, next]]);
    expect(environment.phase).toBe("idle");
    expect(report(effects)).not.toHaveProperty("extensionsMs");
  });

  test("times out while an extension works, though the caller has its answer", () => {
    const { environment, effects } = play([...answered, [62, next], [3_050, { type: "deadline", key: "r1" }]]);
    expect(types(effects).filter((type) => type === "respond")).toHaveLength(1);
    expect(report(effects)).toMatchObject({ status: "timeout" });
    expect(environment).toMatchObject({ phase: "idle", cold: true, extensions: [{ state: "Started" }, { state: "Started" }] });
  });

  test("is reset with the runtime's death, logs and answer first, then SHUTDOWN for failure", () => {
    const { effects } = play([...started, [60, { type: "runtime-exit", status: 1, outOfMemory: false }]]);
    expect(types(effects).slice(-9)).toEqual([
      "state",
      "stop-runtime",
      "settle",
      "log",
      "log-report",
      "respond",
      "shut-down",
      "kill-runtime",
      "state",
    ]);
    expect(effects.find((effect) => effect.type === "shut-down")).toEqual({
      type: "shut-down",
      reason: "failure",
      runtimeMs: 0,
      totalMs: 2_000,
    });
  });

  const ends: readonly (readonly [string, Script, string, string])[] = [
    ["exits", [[60, { type: "extension-exit", name: "a", status: 0 }]], "Extension.Crash", "exit code 0"],
    ["is killed", [[60, { type: "extension-exit", name: "a", status: 137 }]], "Extension.Crash", "signal: killed"],
    [
      "announces its exit",
      [
        [60, { type: "extension-error", name: "a", state: "ExitError", errorType: "Own.Reason" }],
        [61, { type: "extension-exit", name: "a", status: 2 }],
      ],
      "Extension.ExitError",
      "exit status 2",
    ],
  ];
  test("is over only when an extension that announced its exit has gone, which its report tells", () => {
    const announced: Script = [
      ...started,
      [60, { type: "extension-error", name: "a", state: "ExitError", errorType: "Own.Reason" }],
      [61, success],
      [62, next],
    ];
    expect(report(play(announced).effects)).toBeUndefined();
    const { environment, effects } = play([...announced, [70, { type: "extension-exit", name: "a", status: 1 }]]);
    expect(effects.findLast((effect) => effect.type === "respond")!.ending).toEqual({ kind: "success" });
    expect(report(effects)).toMatchObject({ status: "error", errorType: "Extension.ExitError" });
    expect(environment).toMatchObject({ phase: "idle", cold: true });
  });

  test.each(ends)("breaks when an extension %s", (_how, script, errorType, text) => {
    const { environment, effects } = play([...started, ...script]);
    const { ending } = effects.findLast((effect) => effect.type === "respond")!;
    expect(ending).toMatchObject({
      kind: "fault",
      fault: { errorType, payload: JSON.stringify({ errorType, errorMessage: `RequestId: r1 Error: ${text}` }) },
    });
    expect(report(effects)).toMatchObject({ status: "error", errorType });
    expect(environment).toMatchObject({ phase: "idle", cold: true });
  });
});

describe("the end", () => {
  const idle: Script = [...started, [60, success], [62, next], [63, asks("a")]];
  const shutDown = (effects: readonly Effect[]): Effect | undefined => effects.find((effect) => effect.type === "shut-down");

  test("of an idle environment with external extensions takes SHUTDOWN's two seconds at most", () => {
    const { effects } = play([...idle, [70, { type: "retire" }]]);
    expect(shutDown(effects)).toEqual({ type: "shut-down", reason: "spindown", runtimeMs: 300, totalMs: 2_000 });
    expect(types(effects).slice(-4)).toEqual(["state", "shut-down", "settle", "destroy"]);
  });

  test("with internal extensions alone is half a second for the runtime", () => {
    const { effects } = play([
      [0, { type: "sandbox-ready" }],
      [0, { type: "assign", run }],
      [1, registered("inner", ["INVOKE"], false)],
      [2, next],
      [3, asks("inner")],
      [4, success],
      [5, next],
      [6, asks("inner")],
      [7, { type: "retire" }],
    ]);
    expect(shutDown(effects)).toEqual({ type: "shut-down", reason: "spindown", runtimeMs: 500, totalMs: 500 });
  });

  test("of what has no processes, or lost its sandbox, takes no time", () => {
    for (const script of [
      [
        [0, { type: "sandbox-ready", extensions: ["a"] }],
        [1, { type: "retire" }],
      ],
      [...idle, [70, { type: "lost", reason: "gone" }]],
      [...idle, [70, { type: "extension-exit", name: "b", status: 1 }], [71, { type: "retire" }]],
    ] as Script[]) {
      const { environment, effects } = play(script);
      expect(environment.phase).toBe("stopped");
      expect(shutDown(effects)).toBeUndefined();
    }
  });

  test("by the executor's stop answers the run that is under way and shuts down", () => {
    const { effects } = play([...started, [60, { type: "shut-down", message: "stopping" }]]);
    expect(effects.findLast((effect) => effect.type === "respond")).toMatchObject({ ending: { kind: "unavailable", message: "stopping" } });
    expect(types(effects).slice(-4)).toEqual(["state", "shut-down", "settle", "destroy"]);
  });
});

describe("init without an invocation", () => {
  test("ends idle, and the invocation that follows reports no init", () => {
    const { effects, environment } = play([
      [0, { type: "sandbox-ready" }],
      [5, { type: "initialize", limitMs: 130_000 }],
      [65, next],
      [100, { type: "assign", run }],
      [101, success],
      [102, next],
    ]);
    expect(effects).toContainEqual({ type: "wake", key: "init@5", at: 130_005 });
    expect(effects).toContainEqual({ type: "log", line: { type: "init-report", durationMs: 60, phase: "init", status: "success" } });
    expect(types(effects)).toContain("initialized");
    expect(report(effects)).not.toHaveProperty("initDurationMs");
    expect(environment.phase).toBe("idle");
  });

  test.each<readonly [string, EnvironmentEvent, string]>([
    ["fails", { type: "runtime-exit", status: 1, outOfMemory: false }, "Runtime.ExitError"],
    ["takes too long", { type: "deadline", key: "init@0" }, "Sandbox.Timedout"],
  ])("that %s ends the environment", (_how, event, errorType) => {
    const { effects, environment } = play([
      [0, { type: "initialize", limitMs: 130_000 }],
      [0, { type: "sandbox-ready" }],
      [9, event],
    ]);
    expect(environment.phase).toBe("stopped");
    expect(effects).toContainEqual({ type: "init-failed", reason: expect.any(String), errorType });
    expect(types(effects).at(-1)).toBe("destroy");
  });

  test("has 130 s, or the function's timeout if that is longer, and 15 minutes at most", () => {
    expect([3_000, 200_000, 900_000, 2_000_000].map(unhurriedInitLimitMs)).toEqual([130_000, 200_000, 900_000, 900_000]);
  });
});

describe("SnapStart", () => {
  const snapStart: Environment = { ...newborn, snapStart: true };
  const snapshot: Script = [
    [0, { type: "initialize", limitMs: 130_000 }],
    [0, { type: "sandbox-ready" }],
    [40, { type: "restore-next" }],
  ];

  test("waits in restore/next, is restored for its first invocation, and reports that alone", () => {
    const ready = play(snapshot, snapStart);
    expect(ready.environment.phase).toBe("snapshot");
    const { effects } = play(
      [
        [100, { type: "assign", run }],
        [120, next],
        [130, success],
        [131, next],
      ],
      ready.environment,
    );
    expect(types(effects).slice(0, 5)).toEqual(["state", "log-restore-start", "restore", "wake", "log"]);
    expect(report(effects)).toMatchObject({ durationMs: 11, restoreDurationMs: 20 });
    expect(report(effects)).not.toHaveProperty("initDurationMs");
  });

  test("restores at once when the invocation came during init", () => {
    const { effects } = play([...snapshot.slice(0, 2), [10, { type: "assign", run }], [40, { type: "restore-next" }]], snapStart);
    expect(types(effects)).toContain("restore");
  });

  test.each<readonly [string, EnvironmentEvent, string]>([
    ["hooks fail", { type: "restore-error", errorType: "Runtime.AfterRestoreError" }, "SnapStartException"],
    ["the runtime exits", { type: "runtime-exit", status: 1, outOfMemory: false }, "SnapStartException"],
    ["ten seconds pass", { type: "deadline", key: "restore@100" }, "SnapStartTimeoutException"],
  ])("answers the API's error and ends when %s", (_what, event, code) => {
    const { effects, environment } = play([...snapshot, [100, { type: "assign", run }], [150, event]], snapStart);
    expect(effects.find((effect) => effect.type === "respond")).toMatchObject({ ending: { kind: "snap-start-error", code } });
    expect(environment.phase).toBe("stopped");
  });

  test("goes straight through restore/next when it starts anew inside an invocation", () => {
    const { effects } = play(
      [
        ...snapshot,
        [100, { type: "assign", run }],
        [110, next],
        [120, { type: "runtime-exit", status: 1, outOfMemory: false }],
        [200, { type: "assign", run: { ...run, requestId: "r2" } }],
        [210, { type: "restore-next" }],
        [220, next],
      ],
      snapStart,
    );
    expect(types(effects).slice(-3)).toEqual(["restore", "init-ended", "deliver"]);
  });
});

test("whatever extensions and runtime do, each run is answered once and nothing follows destroy", () => {
  const events = fc.constantFrom<EnvironmentEvent>(
    next,
    success,
    { type: "init-error", payload: new Uint8Array(), errorType: "Runtime.Unknown" },
    { type: "runtime-exit", status: 1, outOfMemory: false },
    { type: "deadline", key: "init@0" },
    { type: "deadline", key: "restore@0" },
    { type: "initialize", limitMs: 1 },
    { type: "restore-next" },
    { type: "restore-error", errorType: "E" },
    registered("a"),
    registered("inner", ["INVOKE"], false),
    asks("a"),
    asks("inner"),
    { type: "extension-error", name: "a", state: "InitError", errorType: "E" },
    { type: "extension-exit", name: "a", status: 1 },
    { type: "retire" },
    { type: "shut-down", message: "x" },
    { type: "sandbox-ready", extensions: ["a"] },
  );
  const assignable = new Set(["idle", "spare", "creating", "snapshot"]);
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 5, arbitrary: events }, { weight: 1, arbitrary: fc.constant("assign" as const) }), { maxLength: 40 }),
      fc.record({ tail: fc.boolean(), snapStart: fc.boolean() }),
      (script, { tail, snapStart }) => {
        let environment: Environment = snapStart ? { ...newborn, snapStart: true } : newborn;
        const answered: string[] = [];
        let assigned = 0;
        let destroyed = 0;
        for (const item of script) {
          if (item === "assign" && (environment.run !== undefined || !assignable.has(environment.phase))) continue;
          const event: EnvironmentEvent =
            item === "assign" ? { type: "assign", run: { ...run, requestId: `r${(assigned += 1)}`, tail } } : item;
          const wasStopped = environment.phase === "stopped";
          const stepped = step(environment, event, 0);
          if (wasStopped) expect(stepped.effects).toEqual([]);
          environment = stepped.environment;
          for (const effect of stepped.effects) {
            if (effect.type === "respond") answered.push(effect.run.requestId);
            if (effect.type === "destroy") destroyed += 1;
          }
        }
        expect(new Set(answered).size).toBe(answered.length);
        expect(destroyed).toBe(environment.phase === "stopped" ? 1 : 0);
        const open = environment.run !== undefined && (environment.answered === undefined || tail) ? 1 : 0;
        expect(answered.length + open).toBe(assigned);
      },
    ),
    { numRuns: 2_000 },
  );
});
