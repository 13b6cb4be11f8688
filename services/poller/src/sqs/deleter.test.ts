import { expect, test } from "@jest/globals";
import { systemTimers } from "@lambdock/kernel/clock";
import { until } from "@lambdock/sqs/testing/until";
import { createDeleter, type Deleter } from "./deleter.ts";
import { queueMessage, type QueueMessage } from "./queue-message.ts";

const messages = (count: number, visibleForMs = 60_000): QueueMessage[] =>
  Array.from({ length: count }, (_, n) =>
    queueMessage(
      { MessageId: `m${n}`, ReceiptHandle: `r${n}`, Body: "x" },
      { queueArn: "arn", region: "r", hasWindow: false, visibleAt: systemTimers.now() + visibleForMs },
    ),
  );

interface Played {
  readonly deleter: Deleter;
  readonly calls: (readonly string[])[];
  readonly givenUp: number[];
}

/** A deleter over a queue that answers each call with what could not be deleted. */
function play(answer: (handles: readonly string[], call: number) => Promise<readonly string[]>): Played {
  const calls: (readonly string[])[] = [];
  const givenUp: number[] = [];
  const deleter = createDeleter({
    client: {
      delete(handles) {
        calls.push(handles);
        return answer(handles, calls.length);
      },
    },
    timers: systemTimers,
    random: () => 0,
    onGivenUp: (count) => void givenUp.push(count),
  });
  return { deleter, calls, givenUp };
}

test("messages are deleted in tens, and those of small batches share a call while others are under way", async () => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { deleter, calls } = play(() => gate.then(() => []));
  let deleted = 0;
  for (const message of messages(24)) deleter.add([message], (count) => (deleted += count));
  expect(calls.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
  open();
  await deleter.drained();
  expect(calls.map(({ length }) => length)).toEqual([1, 1, 1, 1, 10, 10]);
  expect(deleted).toBe(24);
});

test("what could not be deleted is tried again, and nothing else", async () => {
  const { deleter, calls, givenUp } = play((_handles, call) => Promise.resolve(call === 1 ? ["r1"] : []));
  let deleted = 0;
  deleter.add(messages(3), (count) => (deleted += count));
  await until(() => deleted === 2);
  await deleter.drained();
  expect(calls).toEqual([["r0", "r1", "r2"], ["r1"]]);
  expect([deleted, givenUp]).toEqual([3, []]);
});

test("a queue that is away is tried again until the visibility timeout ends; then the messages are given up", async () => {
  const { deleter, calls, givenUp } = play(() => Promise.reject(new Error("away")));
  deleter.add(messages(2, 200));
  await deleter.drained();
  expect(calls.length).toBeGreaterThan(1);
  expect(givenUp).toEqual([2]);
});

test("closing gives up what waits", async () => {
  const { deleter, calls } = play(() => Promise.reject(new Error("away")));
  deleter.add(messages(1));
  await until(() => calls.length === 1);
  deleter.close();
  await deleter.drained();
  expect(calls).toHaveLength(1);
});
