import { expect, test } from "@jest/globals";
import { systemTimers } from "@lambdock/kernel/clock";
import type { ReceiveOutcome } from "./store/message-store.ts";
import { createWaitingLines, type Receiver, type Taken } from "./waiting-lines.ts";

const SOME: Taken = { kind: "some", nonce: "n", messages: [] };

/** A queue of one message, whose takes wait for a gate, and a client that can leave. */
function scripted(): {
  receiver: Receiver;
  leave(): void;
  put(): void;
  open(): void;
  shut(): void;
  readonly putBack: number;
  readonly takes: number;
} {
  let available = false;
  let gone = false;
  let putBack = 0;
  let takes = 0;
  let gate = Promise.resolve();
  let open = (): void => undefined;
  const listeners = new Set<() => void>();
  const waitUntil = systemTimers.now() + 10_000;
  const receiver: Receiver = {
    waitUntil,
    live: {
      get gone() {
        return gone;
      },
      onGone(run) {
        listeners.add(run);
        return () => listeners.delete(run);
      },
    },
    async take(): Promise<ReceiveOutcome> {
      takes++;
      const outcome: ReceiveOutcome = available ? SOME : { kind: "none", waitUntil };
      if (outcome.kind === "some") available = false;
      await gate;
      return outcome;
    },
    putBack() {
      putBack++;
      available = true;
      return Promise.resolve();
    },
  };
  return {
    receiver,
    leave() {
      gone = true;
      for (const run of listeners) run();
    },
    put: () => (available = true),
    shut: () => (gate = new Promise((resolve) => (open = resolve))),
    open: () => open(),
    get putBack() {
      return putBack;
    },
    get takes() {
      return takes;
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what was taken for a client that left meanwhile is put back", async () => {
  const lines = createWaitingLines(systemTimers);
  const client = scripted();
  const outcome = lines.receive("q", client.receiver);
  await settled();
  client.put();
  client.shut();
  lines.wake("q");
  client.leave();
  client.open();
  expect((await outcome).kind).toBe("none");
  expect(client.putBack).toBe(1);
  expect(lines.waiting).toBe(0);
});

test("so it is when the client leaves during its very first look", async () => {
  const lines = createWaitingLines(systemTimers);
  const client = scripted();
  client.put();
  client.shut();
  const outcome = lines.receive("q", client.receiver);
  client.leave();
  client.open();
  expect((await outcome).kind).toBe("none");
  expect(client.putBack).toBe(1);
});

test("a wake-up during the first look is not missed", async () => {
  const lines = createWaitingLines(systemTimers);
  const client = scripted();
  client.shut();
  const outcome = lines.receive("q", client.receiver);
  client.put();
  lines.wake("q");
  client.open();
  expect(await outcome).toBe(SOME);
});

test("a wake-up while somebody is served is not missed", async () => {
  const lines = createWaitingLines(systemTimers);
  const client = scripted();
  const outcome = lines.receive("q", client.receiver);
  await settled();
  client.shut();
  lines.wake("q");
  client.put();
  lines.wake("q");
  client.open();
  expect(await outcome).toBe(SOME);
  expect(client.takes).toBe(3);
});

test("a failure to take is the waiting client's failure", async () => {
  const lines = createWaitingLines(systemTimers);
  const client = scripted();
  let fail = false;
  const take: Receiver["take"] = (waitUntil) => (fail ? Promise.reject(new Error("away")) : client.receiver.take(waitUntil));
  const outcome = lines.receive("q", { ...client.receiver, live: client.receiver.live, take });
  await settled();
  fail = true;
  lines.wake(undefined);
  await expect(outcome).rejects.toThrow("away");
});
