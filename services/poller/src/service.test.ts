import { createInterface } from "node:readline";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { killed, spawnSource } from "@lambdock/kernel/testing/source-process";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import { startSqs, type SqsFixture } from "@lambdock/sqs/testing/sqs-fixture";
import { until } from "@lambdock/sqs/testing/until";
import { createMappingStore, type MappingStore } from "@lambdock/store/event-source-mappings";
import { createMappingStatusStore } from "@lambdock/store/mapping-statuses";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { leaseKey } from "./leases/lease-token.ts";
import { sqsMapping } from "./testing/mapping-fixture.ts";
import { answered } from "./testing/recording-executor.ts";
import { createTestPoller, type TestPoller } from "./testing/test-poller.ts";

(redisInstalled() ? describe : describe.skip)("the poller", () => {
  let sqs: SqsFixture;
  let store: MappingStore;
  const started: TestPoller[] = [];

  const start = async (): Promise<TestPoller> => {
    const made = createTestPoller(sqs.redis.client, sqs.url);
    started.push(made);
    await made.poller.start();
    return made;
  };
  const createMapping = async (queue: string, changes: Partial<EventSourceMapping> = {}): Promise<EventSourceMapping> => {
    await sqs.client.send(new CreateQueueCommand({ QueueName: queue }));
    const mapping = { ...sqsMapping(queue), state: "Creating", ...changes } as const;
    await store.create(mapping, {});
    return mapping;
  };
  const send = (queue: string, MessageBody: string): Promise<unknown> =>
    sqs.client.send(new SendMessageCommand({ QueueUrl: `${sqs.url}/111122223333/${queue}`, MessageBody }));
  const stateOf = async ({ uuid }: EventSourceMapping): Promise<string | undefined> => (await store.get(uuid))?.state;
  const bodies = (...pollers: readonly TestPoller[]): string[] =>
    pollers.flatMap(({ executor }) => executor.invocations.flatMap((invocation) => invocation.bodies)).sort();

  beforeAll(async () => {
    sqs = await startSqs();
    store = createMappingStore(sqs.redis.client);
  });
  beforeEach(() => sqs.redis.client.flushall());
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ poller }) => poller.stop(100)));
  });
  afterAll(() => sqs.stop());

  test("a new mapping becomes Enabled, works, and tells its result and status", async () => {
    const made = await start();
    const mapping = await createMapping("q");
    await until(async () => (await stateOf(mapping)) === "Enabled");
    await send("q", "x");
    await until(() => bodies(made).length === 1);
    await until(async () => (await store.get(mapping.uuid))?.lastProcessingResult === "OK");
    const statuses = createMappingStatusStore(sqs.redis.client);
    await until(async () => (await statuses.read([mapping.uuid])).get(mapping.uuid)?.lastResult === "OK");
    expect((await statuses.read([mapping.uuid])).get(mapping.uuid)).toMatchObject({ batchesInFlight: 0, pollers: 5, poller: made.id });
    expect(await made.metrics.registry.metrics()).toMatch(/lambdock_mapping_pollers\{uuid="mapping-of-q".*\} 5/);
    const steps = made.events.map((event) => (event.type === "mapping" ? event.step : event.type));
    expect(steps.slice(0, 2)).toEqual(["lease-taken", "state"]);
  });

  test("mappings that were there before it started are worked", async () => {
    const mapping = await createMapping("q", { state: "Enabled" });
    await send("q", "x");
    const made = await start();
    await until(() => bodies(made).length === 1);
    expect(await stateOf(mapping)).toBe("Enabled");
  });

  test("a mapping that is disabled lets its batch finish, then takes nothing more, until it is enabled again", async () => {
    const made = await start();
    const mapping = await createMapping("q");
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    made.executor.answer(async () => {
      await held;
      return answered(null);
    });
    await send("q", "first");
    await until(() => made.executor.running === 1);
    await store.update(mapping.uuid, () => ({ enabled: false, state: "Disabling" }));
    await until(() => sqs.sqs.waiting === 0);
    expect(await stateOf(mapping)).toBe("Disabling");
    release();
    await until(async () => (await stateOf(mapping)) === "Disabled");
    await until(async () => (await sqs.redis.client.exists(leaseKey(mapping.uuid))) === 0);
    await send("q", "second");
    expect(bodies(made)).toEqual(["first"]);
    await store.update(mapping.uuid, () => ({ enabled: true, state: "Enabling" }));
    await until(async () => (await stateOf(mapping)) === "Enabled");
    await until(() => bodies(made).length === 2);
  });

  test("changed settings are taken up, and the mapping is Enabled again", async () => {
    const made = await start();
    const mapping = await createMapping("q");
    await until(async () => (await stateOf(mapping)) === "Enabled");
    const filters = [JSON.stringify({ body: ["yes"] })];
    await store.update(mapping.uuid, ({ settings }) => ({ settings: { ...settings, filters }, state: "Updating" }));
    await until(async () => (await stateOf(mapping)) === "Enabled");
    await Promise.all([send("q", "no"), send("q", "yes")]);
    await until(() => bodies(made).length === 1);
    const { Attributes } = await sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl: `${sqs.url}/111122223333/q`, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    expect([bodies(made), Attributes?.ApproximateNumberOfMessages]).toEqual([["yes"], "0"]);
  });

  test("a deleted mapping goes, with its checkpoints, status, figures and lease", async () => {
    const made = await start();
    const mapping = await createMapping("q");
    await send("q", "x");
    await until(() => bodies(made).length === 1);
    await sqs.redis.client.hset(`lambdock:poller:checkpoints:${mapping.uuid}`, "field", "value");
    await store.update(mapping.uuid, () => ({ enabled: false, state: "Deleting" }));
    await until(async () => (await store.get(mapping.uuid)) === undefined);
    await until(async () => (await sqs.redis.client.keys(`lambdock:poller:*:${mapping.uuid}`)).length === 0);
    expect(await made.metrics.registry.metrics()).not.toContain(mapping.uuid);
  });

  test("a mapping stays Enabled when its function goes, and says so", async () => {
    const made = await start();
    const mapping = await createMapping("q");
    await until(async () => (await stateOf(mapping)) === "Enabled");
    made.directory.gone = true;
    await send("q", "x");
    await until(async () => (await store.get(mapping.uuid))?.lastProcessingResult?.startsWith("PROBLEM: Function not found") === true);
    expect(await stateOf(mapping)).toBe("Enabled");
    made.directory.gone = false;
    await until(() => bodies(made).length === 1);
  });

  test("two pollers share the mappings, each worked by one, and one that stops leaves all to the other", async () => {
    const pollers = [await start(), await start()];
    const queues = Array.from({ length: 12 }, (_, n) => `q${n}`);
    const mappings = await Promise.all(queues.map((queue) => createMapping(queue)));
    await until(async () => (await Promise.all(mappings.map(stateOf))).every((state) => state === "Enabled"));
    const owners = async (): Promise<string[]> =>
      (await sqs.redis.client.mget(mappings.map(({ uuid }) => leaseKey(uuid)))).map((token) => token?.split("/")[0] ?? "nobody");
    await until(async () => new Set(await owners()).size === 2);
    await pollers[0]!.poller.stop(1_000);
    started.splice(0, 1);
    await until(async () => (await owners()).every((owner) => owner === pollers[1]!.id));
    await Promise.all(queues.map((queue) => send(queue, queue)));
    await until(() => bodies(...pollers).length === 12);
    expect(bodies(...pollers)).toEqual([...queues].sort());
  });

  test("a poller that is killed is followed by another within ten seconds; nothing is lost", async () => {
    const mapping = await createMapping("q");
    const child = spawnSource(new URL("testing/poller-program.ts", import.meta.url), [sqs.redis.url, sqs.url]);
    const printed: string[] = [];
    createInterface(child.stdout).on("line", (line) => printed.push(line));
    try {
      await send("q", "first");
      await until(() => printed.includes("first"));
      const made = await start();
      await killed(child);
      const since = performance.now();
      await send("q", "second");
      await until(() => bodies(made).includes("second"));
      expect(performance.now() - since).toBeLessThan(10_000);
      expect((await sqs.redis.client.get(leaseKey(mapping.uuid)))?.split("/")[0]).toBe(made.id);
    } finally {
      await killed(child);
    }
  });

  test("a poller that lost a lease stops its work at once", async () => {
    const made = await start();
    const mapping = await createMapping("q");
    await until(async () => (await stateOf(mapping)) === "Enabled");
    await until(() => sqs.sqs.waiting > 0);
    await sqs.redis.client.set(leaseKey(mapping.uuid), "another/1");
    await until(() => sqs.sqs.waiting === 0);
    await send("q", "x");
    const steps = made.events.map((event) => (event.type === "mapping" ? event.step : event.type));
    expect(steps).toContain("lease-lost");
    expect(bodies(made)).toEqual([]);
    expect(await sqs.redis.client.get(leaseKey(mapping.uuid))).toBe("another/1");
    await sqs.redis.client.del(leaseKey(mapping.uuid));
    await until(() => bodies(made).length === 1);
  });
});
