import { expect, test } from "@jest/globals";
import { createFifoIntake, createStandardIntake } from "./intake.ts";
import { queueMessage, type QueueMessage } from "./queue-message.ts";

const message = (id: string, visibleAt: number, sentAt = 0): QueueMessage =>
  queueMessage(
    { MessageId: id, Attributes: { SentTimestamp: String(sentAt) } },
    { queueArn: "a", region: "r", hasWindow: false, visibleAt },
  );
const ids = (batch: readonly QueueMessage[] | undefined): string[] | undefined => batch?.map(({ id }) => id);

test("messages whose visibility timeout ended while they waited are not handed over", () => {
  const intake = createStandardIntake({ batchSize: 2, windowMs: 0 });
  intake.add([message("a", 100), message("b", 100), message("c", 100), message("d", 300)], 0);
  expect(intake.ready).toBe(2);
  expect(ids(intake.take(200))).toEqual(["d"]);
  expect(intake.take(200)).toBeUndefined();
});

test("a batch is due when its window is over, and the oldest message tells the age", () => {
  const intake = createStandardIntake({ batchSize: 10, windowMs: 50 });
  intake.add([message("a", 1_000, 7), message("b", 1_000, 3)], 10);
  expect([intake.dueAt, intake.gathered, intake.waiting, intake.oldestSentAt]).toEqual([60, 2, 2, 3]);
  expect(intake.take(59)).toBeUndefined();
  expect(ids(intake.take(60))).toEqual(["a", "b"]);
  expect([intake.dueAt, intake.gathered, intake.waiting, intake.oldestSentAt]).toEqual([undefined, 0, 0, undefined]);
});

test("a window that is made shorter is over sooner also for what is gathered already", () => {
  const intake = createStandardIntake({ batchSize: 100, windowMs: 300_000 });
  intake.add([message("a", 400_000), message("b", 400_000)], 10);
  intake.setRules({ batchSize: 10, windowMs: 500 });
  expect([intake.dueAt, intake.take(509)]).toEqual([510, undefined]);
  expect(ids(intake.take(510))).toEqual(["a", "b"]);
});

test("what is given up waits no more, in either kind of queue", () => {
  for (const intake of [createStandardIntake({ batchSize: 2, windowMs: 500 }), createFifoIntake({ batchSize: 2, windowMs: 0 })]) {
    intake.add([message("a", 900), message("b", 900), message("c", 900)], 0);
    expect(ids(intake.clear())).toEqual(["a", "b", "c"]);
    expect([intake.take(800), intake.waiting, intake.clear()]).toEqual([undefined, 0, []]);
  }
});
