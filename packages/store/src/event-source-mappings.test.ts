import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import { subscribeToMappingChanges } from "./event-source-mapping-changes.ts";
import { createMappingStore, type MappingStore } from "./event-source-mappings.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

const QUEUE = "arn:aws:sqs:us-east-1:111122223333:q";

function mappingOf(changes: Partial<EventSourceMapping> = {}): EventSourceMapping {
  return {
    uuid: "u1",
    accountId: "111122223333",
    region: "us-east-1",
    source: "sqs",
    eventSourceArn: QUEUE,
    functionName: "f",
    settings: { batchSize: 10, maximumBatchingWindowSeconds: 0, reportBatchItemFailures: false, filters: [] },
    enabled: true,
    generation: 1,
    state: "Creating",
    stateTransitionReason: "USER_INITIATED",
    lastModified: 1_000,
    ...changes,
  };
}

const ENABLED = { state: "Enabled", stateTransitionReason: "USER_INITIATED" } as const;

(redisInstalled() ? describe : describe.skip)("event source mappings in Redis", () => {
  let fixture: RedisFixture;
  let store: MappingStore;
  beforeAll(async () => {
    fixture = await startRedis();
    store = createMappingStore(fixture.client);
  });
  beforeEach(() => fixture.client.flushall());
  afterAll(() => fixture.stop());

  test("a mapping is read as it was stored, empty lists and all", async () => {
    const mapping = mappingOf({ qualifier: "live", lastProcessingResult: "No records processed" });
    expect(await store.create(mapping, { a: "1" })).toBe("created");
    expect(await store.get("u1")).toEqual(mapping);
    expect(await store.tags.list("u1")).toEqual({ a: "1" });
    expect(await store.get("u2")).toBeUndefined();
  });

  test("mappings are listed per account and region, and all together", async () => {
    await store.create(mappingOf({ uuid: "u2" }), {});
    await store.create(mappingOf({ uuid: "u1", functionName: "g" }), {});
    await store.create(mappingOf({ uuid: "u3", region: "eu-west-1" }), {});
    const uuids = (mappings: readonly EventSourceMapping[]): string[] => mappings.map(({ uuid }) => uuid);
    expect(uuids(await store.list({ accountId: "111122223333", region: "us-east-1" }))).toEqual(["u1", "u2"]);
    expect(uuids(await store.listAll())).toEqual(["u1", "u2", "u3"]);
  });

  test("of many mappings created at once for one source and function exactly one is stored", async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => store.create(mappingOf({ uuid: `u${n}` }), {})));
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
    const [stored] = await store.listAll();
    expect(outcomes.filter((outcome) => outcome !== "created")).toEqual(Array(19).fill({ duplicate: stored?.uuid }));
  });

  test("another function, qualifier, source, account or region is no duplicate; $LATEST is the unqualified function", async () => {
    await store.create(mappingOf(), {});
    const others = [{ functionName: "g" }, { qualifier: "live" }, { eventSourceArn: `${QUEUE}2` }, { accountId: "4" }, { region: "r" }];
    for (const [n, other] of others.entries()) expect(await store.create(mappingOf({ uuid: `o${n}`, ...other }), {})).toBe("created");
    expect(await store.create(mappingOf({ uuid: "u2", qualifier: "$LATEST" }), {})).toEqual({ duplicate: "u1" });
  });

  test("a change is the next generation and keeps what it does not name", async () => {
    await store.create(mappingOf({ qualifier: "live" }), {});
    await store.setResult("u1", "OK");
    const outcome = await store.update("u1", () => ({ enabled: false, state: "Disabling" }));
    const expected = mappingOf({ qualifier: "live", enabled: false, state: "Disabling", generation: 2, lastProcessingResult: "OK" });
    expect(outcome).toEqual({ kind: "updated", mapping: expected });
    expect(await store.get("u1")).toEqual(expected);
    await store.update("u1", () => ({ qualifier: null }));
    expect(await store.get("u1")).not.toHaveProperty("qualifier");
    expect(await store.update("u9", () => ({ enabled: false }))).toEqual({ kind: "gone" });
  });

  test("what a change throws passes, and nothing is stored", async () => {
    await store.create(mappingOf(), {});
    const refuse = (): never => {
      throw new Error("busy");
    };
    await expect(store.update("u1", refuse)).rejects.toThrow("busy");
    expect(await store.get("u1")).toEqual(mappingOf());
  });

  test("changes at once are all applied, each to the outcome of another", async () => {
    await store.create(mappingOf(), {});
    await Promise.all(
      Array.from({ length: 10 }, () =>
        store.update("u1", ({ settings }) => ({ settings: { ...settings, batchSize: settings.batchSize + 1 } })),
      ),
    );
    expect(await store.get("u1")).toMatchObject({ generation: 11, settings: { batchSize: 20 } });
  });

  test("a mapping can't be moved to a function that another one already joins, and frees the one it left", async () => {
    await store.create(mappingOf(), {});
    await store.create(mappingOf({ uuid: "u2", functionName: "g" }), {});
    expect(await store.update("u2", () => ({ functionName: "f" }))).toEqual({ kind: "duplicate", uuid: "u1" });
    expect(await store.update("u2", () => ({ functionName: "h" }))).toMatchObject({ kind: "updated" });
    expect(await store.create(mappingOf({ uuid: "u3", functionName: "g" }), {})).toBe("created");
    expect(await store.create(mappingOf({ uuid: "u4", functionName: "h" }), {})).toEqual({ duplicate: "u2" });
  });

  test("the poller's writes reach the generation they speak of and no newer one", async () => {
    await store.create(mappingOf(), {});
    expect(await store.setState("u1", 1, ENABLED)).toBe("stored");
    expect(await store.get("u1")).toEqual(mappingOf(ENABLED));
    await store.update("u1", () => ({ enabled: false, state: "Disabling" }));
    expect(await store.setState("u1", 1, ENABLED)).toBe("changed");
    expect(await store.remove("u1", 1)).toBe("changed");
    expect(await store.get("u1")).toMatchObject({ state: "Disabling", enabled: false, generation: 2 });
    expect(await store.setState("u9", 1, ENABLED)).toBe("gone");
    expect(await store.setResult("u9", "OK")).toBe(false);
    expect(await fixture.client.exists("lambdock:event-source-mapping:u9")).toBe(0);
  });

  test("a change by the user that the poller's state write overtakes is decided again", async () => {
    await store.create(mappingOf(), {});
    const seen: string[] = [];
    let overtaking: Promise<unknown> = Promise.resolve();
    await store.update("u1", ({ state }) => {
      if (seen.length === 0) overtaking = store.setState("u1", 1, ENABLED);
      seen.push(state);
      return { state: "Updating" };
    });
    await overtaking;
    expect(seen).toEqual(["Creating", "Enabled"]);
    expect(await store.get("u1")).toMatchObject({ state: "Updating", generation: 2 });
  });

  test("only a mapping that is Deleting is removed, and leaves nothing behind", async () => {
    await store.create(mappingOf(), { a: "1" });
    await store.setResult("u1", "OK");
    expect(await store.remove("u1", 1)).toBe("changed");
    await store.update("u1", () => ({ state: "Deleting" }));
    expect(await store.remove("u1", 2)).toBe("stored");
    expect(await fixture.client.keys("*")).toEqual([]);
    expect(await store.remove("u1", 2)).toBe("gone");
    expect(await store.create(mappingOf({ uuid: "u2" }), {})).toBe("created");
  });

  test("tags are added up to a limit, overwritten and removed", async () => {
    await store.create(mappingOf(), { a: "1" });
    expect(await store.tags.put("u1", { a: "2", b: "3" }, 2)).toBe("stored");
    expect(await store.tags.put("u1", { c: "4" }, 2)).toBe("too-many");
    expect(await store.tags.put("u9", { c: "4" }, 2)).toBe("gone");
    await store.tags.remove("u1", ["b", "none"]);
    expect(await store.tags.list("u1")).toEqual({ a: "2" });
  });

  test("every write but a result is heard, and a lost connection is told", async () => {
    const heard: string[] = [];
    const waiting: (() => void)[] = [];
    const hear = (what: string): void => {
      heard.push(what);
      waiting.splice(0).forEach((wake) => wake());
    };
    const count = async (wanted: number): Promise<void> => {
      while (heard.length < wanted) await new Promise<void>((wake) => waiting.push(wake));
    };
    const changes = await subscribeToMappingChanges(fixture.client, { onChange: hear, onGap: () => hear("gap") });
    try {
      await store.create(mappingOf(), {});
      await store.setResult("u1", "OK");
      await store.setState("u1", 1, ENABLED);
      await store.update("u1", () => ({ state: "Deleting" }));
      await store.remove("u1", 2);
      await store.create(mappingOf({ uuid: "u2" }), {});
      await count(5);
      expect(heard).toEqual(["u1", "u1", "u1", "u1", "u2"]);
      await fixture.client.call("CLIENT", "KILL", "TYPE", "pubsub");
      await count(6);
      await store.setState("u2", 1, ENABLED);
      await count(7);
      expect(heard.slice(5)).toEqual(["gap", "u2"]);
    } finally {
      changes.close();
    }
  });

  test("mappings outlive a killed Redis that keeps a log", async () => {
    const directory = await mkdtemp(join(tmpdir(), "lambdock-mappings-"));
    const durable = await startRedis({ directory });
    try {
      await createMappingStore(durable.client).create(mappingOf(), {});
      await durable.kill();
      await durable.revive();
      const again = durable.client.duplicate();
      await again.connect();
      expect(await createMappingStore(again).listAll()).toEqual([mappingOf()]);
      again.disconnect();
    } finally {
      await durable.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
