/**
 * A FIFO queue against a model in a few lines, over random commands in virtual time: every group's
 * messages come in order, none is skipped, none comes while it is held, and what is deleted is gone.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { newAttributes } from "./attributes/queue-attributes.ts";
import { encodeMessage, decodeMessage } from "./message/message-record.ts";
import type { Receipt } from "./message/receipt-handle.ts";
import type { QueueRef } from "./queue-ref.ts";
import { createMessageStore, type MessageStore } from "./store/message-store.ts";
import { createQueueStore } from "./store/queue-store.ts";

const it = redisInstalled() ? test : test.skip;
let redis: RedisFixture;
let store: MessageStore;
let runs = 0;

beforeAll(async () => {
  redis = await startRedis();
  store = createMessageStore(redis.client, 120_000);
});
afterAll(() => redis?.stop());

const GROUPS = ["a", "b", "c"];
const HELD_MS = 30_000;

interface ModelMessage {
  readonly body: string;
  readonly group: string;
  visibleAt: number;
  receipt: Receipt | undefined;
}

interface Model {
  now: number;
  sent: number;
  /** In the order in which they were sent. */
  messages: ModelMessage[];
}

/** Messages that may come now: of each group from its head as far as all are visible. */
function deliverable({ messages, now }: Model, group: string): readonly ModelMessage[] {
  const own = messages.filter((message) => message.group === group);
  const blocked = own.findIndex(({ visibleAt }) => visibleAt > now);
  return blocked < 0 ? own : own.slice(0, blocked);
}

class Send implements fc.AsyncCommand<Model, QueueRef> {
  readonly groups: readonly string[];
  constructor(groups: readonly string[]) {
    this.groups = groups;
  }
  check = (): boolean => true;
  async run(model: Model, queue: QueueRef): Promise<void> {
    const messages = this.groups.map((group) => ({ body: `m${model.sent++}`, group, visibleAt: model.now, receipt: undefined }));
    const outgoing = messages.map(({ body, group }) => ({
      message: encodeMessage({ messageId: "0".repeat(36), body, md5: "", sender: "", group }, true),
      bytes: 1,
      deduplicationId: body,
    }));
    expect(await store.send(queue, model.now, outgoing)).toMatchObject(messages.map(() => ({ kind: "sent" })));
    model.messages.push(...messages);
  }
  toString = (): string => `send(${this.groups.join(",")})`;
}

class Receive implements fc.AsyncCommand<Model, QueueRef> {
  readonly count: number;
  constructor(count: number) {
    this.count = count;
  }
  check = (): boolean => true;
  async run(model: Model, queue: QueueRef): Promise<void> {
    const outcome = await store.receive(queue, {
      now: model.now,
      count: this.count,
      nonce: `n${model.now}-${model.sent}-${Math.floor(performance.now() * 1_000)}`,
      waitUntil: 0,
    });
    const may = new Map(GROUPS.map((group) => [group, deliverable(model, group)]));
    const total = [...may.values()].reduce((sum, { length }) => sum + length, 0);
    const taken = outcome.kind === "some" ? outcome.messages : [];
    expect(taken).toHaveLength(Math.min(this.count, total));
    for (const group of GROUPS) {
      const own = taken.filter(({ message }) => decodeMessage(message).group === group);
      const expected = may.get(group)!.slice(0, own.length);
      expect(own.map(({ message }) => decodeMessage(message).record.body)).toEqual(expected.map(({ body }) => body));
      own.forEach(({ id }, index) => {
        expected[index]!.visibleAt = model.now + HELD_MS;
        expected[index]!.receipt = { queue: queue.name, id, nonce: outcome.kind === "some" ? outcome.nonce : "", group };
      });
    }
  }
  toString = (): string => `receive(${this.count})`;
}

/** Deletes, or holds for other seconds, the n-th message that was ever received. */
class Use implements fc.AsyncCommand<Model, QueueRef> {
  readonly which: number;
  readonly seconds: number | undefined;
  constructor(which: number, seconds: number | undefined) {
    this.which = which;
    this.seconds = seconds;
  }
  check = ({ messages }: Readonly<Model>): boolean => messages.some(({ receipt }) => receipt !== undefined);
  async run(model: Model, queue: QueueRef): Promise<void> {
    const received = model.messages.filter(({ receipt }) => receipt !== undefined);
    const message = received[this.which % received.length]!;
    const receipt = message.receipt!;
    const held = message.visibleAt > model.now;
    if (this.seconds === undefined) {
      expect(await store.remove(queue, model.now, [receipt])).toEqual([held ? "held" : "stale"]);
      if (held) model.messages = model.messages.filter((other) => other !== message);
    } else {
      expect(await store.changeVisibility(queue, model.now, [{ receipt, seconds: this.seconds }])).toEqual([held ? "held" : "stale"]);
      if (held) message.visibleAt = model.now + 1_000 * this.seconds;
    }
  }
  toString = (): string => (this.seconds === undefined ? `delete(${this.which})` : `hold(${this.which}, ${this.seconds} s)`);
}

class PutBack implements fc.AsyncCommand<Model, QueueRef> {
  check = ({ messages, now }: Readonly<Model>): boolean =>
    messages.some(({ receipt, visibleAt }) => receipt !== undefined && visibleAt > now);
  async run(model: Model, queue: QueueRef): Promise<void> {
    const message = model.messages.find(({ receipt, visibleAt }) => receipt !== undefined && visibleAt > model.now)!;
    await store.putBack(queue, model.now, [message.receipt!]);
    message.visibleAt = 0;
    message.receipt = undefined;
  }
  toString = (): string => "putBack";
}

class Pass implements fc.AsyncCommand<Model, QueueRef> {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = (): boolean => true;
  run(model: Model): Promise<void> {
    model.now += this.ms;
    return Promise.resolve();
  }
  toString = (): string => `pass(${this.ms} ms)`;
}

const commands = fc.commands(
  [
    fc.array(fc.constantFrom(...GROUPS), { minLength: 1, maxLength: 10 }).map((groups) => new Send(groups)),
    fc.integer({ min: 1, max: 10 }).map((count) => new Receive(count)),
    fc.integer({ min: 1, max: 10 }).map((count) => new Receive(count)),
    fc.nat(30).map((which) => new Use(which, undefined)),
    fc.tuple(fc.nat(30), fc.constantFrom(0, 5, 60)).map(([which, seconds]) => new Use(which, seconds)),
    fc.constant(new PutBack()),
    fc.constantFrom(1, 1_000, 5_000, 31_000).map((ms) => new Pass(ms)),
  ],
  { maxCommands: 80, size: "max" },
);

it("a FIFO queue behaves as its model", async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const queue: QueueRef = { accountId: "000000000000", region: "us-east-1", name: `model-${runs++}.fifo` };
      await createQueueStore(redis.client).create(
        queue,
        newAttributes(queue, new Map([["MessageRetentionPeriod", "1209600"]]), 0),
        new Map(),
      );
      await fc.asyncModelRun(() => ({ model: { now: 1_700_000_000_000, sent: 0, messages: [] }, real: queue }), sequence);
    }),
    { numRuns: 150 },
  );
});
