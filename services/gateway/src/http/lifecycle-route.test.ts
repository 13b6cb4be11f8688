import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { createLifecycleFeed } from "@lambdock/store/lifecycle-feed";
import { createLifecycleStream, LIFECYCLE_STREAM, type LifecycleStream } from "@lambdock/store/lifecycle-stream";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { echo, startEdge, type Edge } from "./testing/edge.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:";

function throttle(index: number, name = "hello"): LifecycleEvent {
  const reason = "ConcurrentInvocationLimitExceeded";
  return { type: "throttle", at: index, functionArn: ARN + name, version: "$LATEST", requestId: `r${index}`, reason };
}

interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

/** Reads messages as a browser's EventSource would. */
class Reader {
  readonly response: Response;
  readonly #chunks: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  constructor(response: Response) {
    this.response = response;
    this.#chunks = response.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  }

  /** The next message; `undefined` when the stream has ended. */
  async next(): Promise<Message | undefined> {
    while (!this.#text.includes("\n\n")) {
      const { value, done } = await this.#chunks.read();
      if (done) return undefined;
      this.#text += Buffer.from(value).toString();
    }
    const end = this.#text.indexOf("\n\n");
    const lines = this.#text.slice(0, end).split("\n");
    this.#text = this.#text.slice(end + 2);
    const field = (name: string): string => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
    return { event: field("event") || "message", id: field("id"), data: JSON.parse(field("data")) as unknown };
  }

  async events(count: number): Promise<LifecycleEvent[]> {
    const events: LifecycleEvent[] = [];
    while (events.length < count) events.push(...((await this.next())!.data as LifecycleEvent[]));
    return events;
  }

  close(): Promise<void> {
    return this.#chunks.cancel();
  }
}

(redisInstalled() ? describe : describe.skip)("GET /_lambdock/lifecycle", () => {
  let fixture: RedisFixture;
  let stream: LifecycleStream;
  let edge: Edge;
  const readers: Reader[] = [];
  beforeAll(async () => void (fixture = await startRedis()));
  afterAll(() => fixture.stop());
  beforeEach(async () => {
    await fixture.client.flushall();
    stream = createLifecycleStream({ redis: fixture.client, maxEvents: 1_600, logger: createLogger("test", "silent") });
    edge = await startEdge(echo, { lifecycleFeed: createLifecycleFeed(fixture.client) });
  });
  afterEach(async () => {
    await stream.close();
    await Promise.all(readers.splice(0).map((reader) => reader.close()));
    await edge.gateway.stop(1_000);
  });

  /** Follows the stream, and has read the first message. */
  async function follow(query = "", headers: Record<string, string> = {}): Promise<Reader> {
    const reader = new Reader(await fetch(`${edge.gateway.address}/_lambdock/lifecycle${query}`, { headers }));
    readers.push(reader);
    expect(await reader.next()).toMatchObject({ event: "open" });
    return reader;
  }

  const emit = (...events: readonly LifecycleEvent[]): void => events.forEach((event) => stream.emit(event));
  /** Writes what was emitted so far, as entries of their own. */
  async function written(): Promise<string[]> {
    await stream.close();
    stream = createLifecycleStream({ redis: fixture.client, maxEvents: 1_600, logger: createLogger("test", "silent") });
    return (await fixture.client.xrange(LIFECYCLE_STREAM, "-", "+")).map(([id]) => id);
  }

  test("what happens after the connection is told in its order", async () => {
    emit(throttle(1));
    await written();
    const reader = await follow();
    expect(reader.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events = Array.from({ length: 400 }, (_, index) => throttle(2 + index));
    emit(...events);
    expect(await reader.events(400)).toEqual(events);
  });

  test("a reader that comes back goes on after the last it has seen, and can begin with all that is kept", async () => {
    emit(throttle(1));
    await written();
    emit(throttle(2));
    const [first] = await written();
    expect(await (await follow("", { "last-event-id": first! })).events(1)).toEqual([throttle(2)]);
    expect(await (await follow(`?from=${first}`)).events(1)).toEqual([throttle(2)]);
    expect(await (await follow("?from=all")).events(2)).toEqual([throttle(1), throttle(2)]);
  });

  test("events that were cut off before a reader came back are a gap, not silence", async () => {
    emit(throttle(0));
    const [first] = await written();
    for (let index = 1; (await fixture.client.xrange(LIFECYCLE_STREAM, first!, first!)).length > 0; index += 1_000) {
      emit(...Array.from({ length: 1_000 }, (_, more) => throttle(index + more)));
      await written();
    }
    const reader = await follow("", { "last-event-id": first! });
    expect(await reader.next()).toMatchObject({ event: "gap", data: { after: first } });
    expect((await reader.events(1))[0]).not.toEqual(throttle(1));
  });

  test("only the wanted types and functions are told", async () => {
    const changed: LifecycleEvent = { type: "function", at: 3, functionArn: `${ARN}other`, change: "updated" };
    emit(throttle(1), throttle(2, "other"), changed, throttle(4, "third"));
    await written();
    expect(await (await follow("?from=all&type=throttle&function=other,third")).events(2)).toEqual([
      throttle(2, "other"),
      throttle(4, "third"),
    ]);
    expect(await (await follow(`?from=all&type=function,throttle&function=${ARN}other`)).events(2)).toEqual([
      throttle(2, "other"),
      changed,
    ]);
  });

  test("what a version's mapping does belongs to its function", async () => {
    const source = "arn:aws:sqs:us-east-1:000000000000:q";
    const polled: LifecycleEvent = {
      type: "mapping",
      at: 1,
      uuid: "u",
      functionArn: `${ARN}hello:1`,
      eventSourceArn: source,
      step: "batch-polled",
    };
    emit(polled, { ...polled, functionArn: `${ARN}other:hello` });
    await written();
    for (const wanted of ["hello", `${ARN}hello`]) expect(await (await follow(`?from=all&function=${wanted}`)).events(1)).toEqual([polled]);
  });

  test("a page of another site and a place that is none are refused", async () => {
    const url = `${edge.gateway.address}/_lambdock/lifecycle`;
    expect((await fetch(url, { headers: { origin: "https://evil.example" } })).status).toBe(403);
    const bad = await fetch(`${url}?from=yesterday`);
    expect([bad.status, await bad.json()]).toEqual([400, { message: "from must be now, all, or the id of an event." }]);
  });

  test("a gateway that stops ends the streams at once", async () => {
    const reader = await follow();
    const begun = performance.now();
    await edge.gateway.stop(60_000);
    expect(await reader.next()).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test("a reader that leaves frees its connection to Redis", async () => {
    const connections = async (): Promise<number> => ((await fixture.client.client("LIST")) as string).trim().split("\n").length;
    const before = await connections();
    const reader = await follow();
    expect(await connections()).toBe(before + 1);
    await reader.close();
    while ((await connections()) > before) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});
