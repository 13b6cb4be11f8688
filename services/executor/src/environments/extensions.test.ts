import { afterEach, describe, expect, test } from "@jest/globals";
import { bodyOf, environmentUnderTest, type EnvironmentScripts } from "../testing/environment-fixture.ts";
import type { ExtensionScript, Script, ScriptedExtension } from "../testing/scripted-driver.ts";

const API = "/2020-01-01/extension";
const REQUEST = "11111111-1111-1111-1111-111111111111";
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function environment(scripts: EnvironmentScripts) {
  const made = await environmentUnderTest(scripts);
  closing.push(() => made.close());
  made.begin();
  return made;
}

const echo: Script = async (runtime) => {
  for (;;) {
    const { requestId, body } = await runtime.next();
    await runtime.respond(requestId, body);
  }
};

/** A latch that a script waits for and the test opens. */
function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

type Event = Readonly<Record<string, unknown>>;

/** Registers, then asks for one event after the other; `each` works on one. */
function extension(
  name: string,
  events: readonly string[],
  each: (event: Event, own: ScriptedExtension) => Promise<void> | void,
): ExtensionScript {
  return async (own) => {
    const { headers } = await own.call("POST", `${API}/register`, JSON.stringify({ events }), { "Lambda-Extension-Name": name });
    const identity = { "Lambda-Extension-Identifier": String(headers["lambda-extension-identifier"]) };
    for (;;) await each(JSON.parse((await own.call("GET", `${API}/event/next`, "", identity)).body) as Event, own);
  };
}

describe("an external extension", () => {
  test("registers before the runtime starts, and hears of the invocation with everything AWS tells", async () => {
    const order: string[] = [];
    const events: Event[] = [];
    const { invoke, heard, text, lifecycle } = await environment({
      script: async (runtime) => {
        order.push("runtime");
        await echo(runtime);
      },
      extensions: {
        watcher: async (own) => {
          order.push("watcher");
          await extension("watcher", ["INVOKE", "SHUTDOWN"], (event) => void events.push(event))(own);
        },
      },
    });
    expect(bodyOf(await invoke({ requestId: REQUEST, payload: Buffer.from("[1]") }))).toBe("[1]");
    await heard("idle");
    expect(order).toEqual(["watcher", "runtime"]);
    expect(events).toEqual([
      {
        eventType: "INVOKE",
        deadlineMs: expect.any(Number),
        requestId: REQUEST,
        invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:f:7",
        tracing: { type: "X-Amzn-Trace-Id", value: "Root=1-2-3" },
      },
    ]);
    expect(text()).toMatch(/^INIT_START .*\nEXTENSION\tName: watcher\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]\nSTART /);
    expect(lifecycle.find((event) => event.type === "invocation-end")).toMatchObject({ status: "success", initMs: expect.any(Number) });
  });

  test("is told its function, and the account if it asks", async () => {
    let answer: unknown;
    const { invoke } = await environment({
      script: echo,
      extensions: {
        curious: async (own) => {
          const named = { "Lambda-Extension-Name": "curious", "Lambda-Extension-Accept-Feature": "other, accountId" };
          const { body, headers } = await own.call("POST", `${API}/register`, "{}", named);
          answer = JSON.parse(body);
          await own.call("GET", `${API}/event/next`, "", { "Lambda-Extension-Identifier": String(headers["lambda-extension-identifier"]) });
        },
      },
    });
    await invoke();
    expect(answer).toEqual({ accountId: "000000000000", functionName: "f", functionVersion: "7", handler: "index.handler" });
  });

  test("keeps the environment busy after the caller has its answer, and its time is reported", async () => {
    const work = latch();
    const { invoke, heard, told, lifecycle, text } = await environment({
      script: echo,
      extensions: {
        slow: extension("slow", ["INVOKE"], async (_event, own) => {
          await work.opened;
          // The runtime has answered; its next request is here long before so many round trips are over.
          for (let round = 0; round < 20; round += 1) await own.call("GET", "/2018-06-01/ping");
        }),
      },
    });
    expect(bodyOf(await invoke())).toBe("{}");
    expect(told).toEqual(["answered"]);
    expect(text()).not.toContain("REPORT");
    work.open();
    await heard("idle");
    expect(text()).toContain("REPORT");
    expect(lifecycle.find((event) => event.type === "invocation-end")).toMatchObject({ extensionsMs: expect.any(Number) });
  });

  test("that did not subscribe to INVOKE is not waited for", async () => {
    const events: Event[] = [];
    const { invoke, heard } = await environment({
      script: echo,
      extensions: { quiet: extension("quiet", ["SHUTDOWN"], (event) => void events.push(event)) },
    });
    await invoke();
    await heard("idle");
    expect(events).toEqual([]);
  });

  test("writes to the function's log", async () => {
    const { invoke, heard, text } = await environment({
      script: echo,
      extensions: { writer: extension("writer", ["INVOKE"], (_event, own) => own.print("from the extension\n")) },
    });
    await invoke();
    await heard("idle");
    expect(text()).toContain("from the extension\n");
  });

  test("that runs into the function's timeout resets the environment, with SHUTDOWN for timeout", async () => {
    const events: Event[] = [];
    const { invoke, heard, text, driver } = await environment({
      script: echo,
      spec: { timeoutMs: 100 },
      extensions: {
        stuck: extension("stuck", ["INVOKE"], () => latch().opened),
        other: extension("other", ["SHUTDOWN"], (event, own) => {
          events.push(event);
          own.exit(0);
        }),
      },
    });
    expect(bodyOf(await invoke())).toBe("{}");
    await heard("idle");
    expect(text()).toContain("Status: timeout");
    expect(events).toEqual([{ eventType: "SHUTDOWN", shutdownReason: "timeout", deadlineMs: expect.any(Number) }]);
    expect(driver.signals).toEqual(["KILL"]);
  });
});

describe("an extension that fails", () => {
  const crashing = extension("bad", ["INVOKE"], (_event, own) => own.exit(3));

  test("by exiting during an invocation is Extension.Crash, and the environment starts anew", async () => {
    const { invoke, heard, text } = await environment({
      script: async (runtime) => {
        await runtime.next();
        await runtime.killed;
      },
      extensions: { bad: crashing },
    });
    expect(bodyOf(await invoke({ requestId: REQUEST }))).toBe(
      `{"errorType":"Extension.Crash","errorMessage":"RequestId: ${REQUEST} Error: exit status 3"}`,
    );
    await heard("idle");
    expect(text()).toContain("Status: error\tError Type: Extension.Crash");
    expect(bodyOf(await invoke())).toContain("Extension.Crash");
  });

  test.each([
    ["init/error", "Extension.InitError"],
    ["exit/error", "Extension.ExitError"],
  ])("by posting %s and exiting is %s, after the retry", async (path, errorType) => {
    const { invoke, text } = await environment({
      script: echo,
      extensions: {
        bad: async (own) => {
          const { headers } = await own.call("POST", `${API}/register`, "{}", { "Lambda-Extension-Name": "bad" });
          await own.call("POST", `${API}/${path}`, "", {
            "Lambda-Extension-Identifier": String(headers["lambda-extension-identifier"]),
            "Lambda-Extension-Function-Error-Type": "My.Reason",
          });
          own.exit(1);
        },
      },
    });
    expect(bodyOf(await invoke({ requestId: REQUEST }))).toBe(
      `{"errorType":"${errorType}","errorMessage":"RequestId: ${REQUEST} Error: exit status 1"}`,
    );
    const state = errorType.slice("Extension.".length);
    expect(text()).toContain(`EXTENSION\tName: bad\tState: ${state}\tEvents: []\tError Type: My.Reason\nINIT_REPORT`);
  });

  test("to stop in time when it is shut down is ended with everything else", async () => {
    const { invoke, heard, controller, driver } = await environment({
      script: echo,
      extensions: {
        deaf: extension("deaf", ["INVOKE", "SHUTDOWN"], (event) => (event["eventType"] === "SHUTDOWN" ? latch().opened : undefined)),
      },
    });
    await invoke();
    await heard("idle");
    const begunAt = performance.now();
    controller.retire();
    await heard("stopped");
    expect(performance.now() - begunAt).toBeGreaterThan(1_900);
    expect(driver.signals).toEqual(["TERM"]);
    expect(driver.live.size).toBe(0);
  });
});

test("the eleventh external extension can't be started: Extension.LaunchError", async () => {
  const names = Array.from({ length: 11 }, (_, index) => `e${index}`);
  const { invoke, text } = await environment({
    script: echo,
    extensions: Object.fromEntries(names.map((name) => [name, extension(name, [], () => undefined)])),
  });
  expect(bodyOf(await invoke({ requestId: REQUEST }))).toBe(
    `{"errorType":"Extension.LaunchError","errorMessage":"RequestId: ${REQUEST} Error: Extension limit (10) reached"}`,
  );
  expect(text()).toContain("EXTENSION\tName: e10\tState: LaunchError\tEvents: []\tError Type: TooManyExtensions\n");
});

test("SHUTDOWN: the runtime gets SIGTERM, then the extension its event, and the environment ends as soon as both have", async () => {
  const events: Event[] = [];
  const { invoke, heard, controller, driver } = await environment({
    script: echo,
    extensions: {
      tidy: extension("tidy", ["INVOKE", "SHUTDOWN"], (event, own) => {
        if (event["eventType"] !== "SHUTDOWN") return;
        events.push(event);
        own.exit(0);
      }),
    },
  });
  await invoke();
  await heard("idle");
  controller.retire();
  await heard("stopped");
  expect(driver.signals).toEqual(["TERM"]);
  expect(events).toEqual([{ eventType: "SHUTDOWN", shutdownReason: "spindown", deadlineMs: expect.any(Number) }]);
});

describe("an internal extension", () => {
  test("registers before the first next, gets INVOKE, and costs the runtime a SIGTERM at the end", async () => {
    const replies: unknown[] = [];
    const { invoke, heard, controller, driver } = await environment({
      script: async (runtime) => {
        const register = (name: string, events: readonly string[]) =>
          runtime.call("POST", `${API}/register`, JSON.stringify({ events }), { "Lambda-Extension-Name": name });
        replies.push((await register("inner", ["SHUTDOWN"])).body);
        const { headers } = await register("inner", ["INVOKE"]);
        replies.push((await register("inner", ["INVOKE"])).body);
        const identity = { "Lambda-Extension-Identifier": String(headers["lambda-extension-identifier"]) };
        const next = (): ReturnType<typeof runtime.call> => runtime.call("GET", `${API}/event/next`, "", identity);
        const firstEvent = next();
        const { requestId } = await runtime.next();
        replies.push((await register("late", [])).body);
        replies.push(JSON.parse((await firstEvent).body).eventType);
        await runtime.respond(requestId, "1");
        next().catch(() => undefined); // the end of the test ends it
        await runtime.next();
      },
    });
    expect(bodyOf(await invoke())).toBe("1");
    await heard("idle");
    expect(replies).toEqual([
      '{"errorMessage":"SHUTDOWN: ShutdownEventNotSupportedForInternalExtension","errorType":"Extension.InvalidEventType"}',
      '{"errorMessage":"Extension with this name already registered","errorType":"Extension.InvalidExtensionState"}',
      '{"errorMessage":"Extension registration closed already","errorType":"Extension.RegistrationClosed"}',
      "INVOKE",
    ]);
    controller.retire();
    await heard("stopped");
    expect(driver.signals).toEqual(["TERM"]);
  });
});

test("the Extensions API refuses in AWS's words", async () => {
  const identifier = "22222222-2222-2222-2222-222222222222";
  const calls: readonly (readonly [string, string, string, Readonly<Record<string, string>>, string])[] = [
    ["POST", "register", "{}", {}, "Extension.InvalidExtensionName"],
    ["POST", "register", "{", { "Lambda-Extension-Name": "x" }, "InvalidRequestFormat"],
    ["POST", "register", '{"configurationKeys":["a"]}', { "Lambda-Extension-Name": "x" }, "InvalidRequestFormat"],
    ["POST", "register", '{"events":["NAP"]}', { "Lambda-Extension-Name": "x" }, "Extension.InvalidEventType"],
    ["GET", "event/next", "", {}, "Extension.MissingExtensionIdentifier"],
    ["GET", "event/next", "", { "Lambda-Extension-Identifier": "x" }, "Extension.InvalidExtensionIdentifier"],
    ["GET", "event/next", "", { "Lambda-Extension-Identifier": identifier }, "Extension.UnknownExtensionIdentifier"],
    ["POST", "init/error", "", { "Lambda-Extension-Identifier": identifier }, "Extension.UnknownExtensionIdentifier"],
  ];
  const answers: unknown[] = [];
  const { invoke } = await environment({
    script: async (runtime) => {
      for (const [method, path, body, headers] of calls) {
        const answer = await runtime.call(method, `${API}/${path}`, body, headers);
        answers.push([answer.status, JSON.parse(answer.body).errorType]);
      }
      await echo(runtime);
    },
  });
  await invoke();
  expect(answers).toEqual(calls.map(([, , , , errorType]) => [403, errorType]));
});

test("a function without extensions is killed at once, without SIGTERM", async () => {
  const { invoke, heard, controller, driver } = await environment({ script: echo });
  await invoke();
  await heard("idle");
  controller.retire();
  await heard("stopped");
  expect(driver.signals).toEqual([]);
});
