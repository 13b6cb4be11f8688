import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { FunctionId } from "@lambdock/model/arn";
import { createCodeUsage } from "./code-usage.ts";
import { subscribeToFunctionChanges } from "./function-changes.ts";
import { createFunctionStore, idOf, type FunctionStore } from "./functions.ts";
import { createPolicyStore } from "./policies.ts";
import { createTagStore } from "./tags.ts";
import { contentOf, recordOf } from "./testing/records.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

(redisInstalled() ? describe : describe.skip)("function records in Redis", () => {
  const scope = { accountId: "111122223333", region: "us-east-1" };
  const id: FunctionId = { ...scope, name: "f" };
  let fixture: RedisFixture;
  let functions: FunctionStore;
  beforeAll(async () => {
    fixture = await startRedis();
    functions = createFunctionStore(fixture.client);
  });
  beforeEach(() => fixture.client.flushall());
  afterAll(() => fixture.stop());

  test("a name is taken once: of many creations at the same time exactly one is stored", async () => {
    const attempts = await Promise.all(Array.from({ length: 20 }, (_, n) => functions.create(recordOf({ RevisionId: `r${n}` }), {})));
    expect(attempts.filter(Boolean)).toHaveLength(1);
    expect((await functions.get(id))?.RevisionId).toBe(`r${attempts.indexOf(true)}`);
  });

  test("the same name in another account or region is another function", async () => {
    await functions.create(recordOf(), {});
    expect(await functions.create(recordOf({ Region: "eu-west-1" }), {})).toBe(true);
    expect(await functions.create(recordOf({ AccountId: "444455556666" }), {})).toBe(true);
    expect(await functions.count(scope)).toBe(1);
  });

  test("of many writers that saw the same revision exactly one replaces the record", async () => {
    await functions.create(recordOf(), {});
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => functions.replace(recordOf({ RevisionId: `next-${n}` }), "revision-1")),
    );
    expect(outcomes.filter((outcome) => outcome === "replaced")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "changed")).toHaveLength(19);
    expect((await functions.get(id))?.RevisionId).toBe(`next-${outcomes.indexOf("replaced")}`);
  });

  test("a deleted function can't be replaced", async () => {
    expect(await functions.replace(recordOf(), "revision-1")).toBe("gone");
    expect(await functions.get(id)).toBeUndefined();
  });

  test("deleting answers the record and takes tags, policies and storage along", async () => {
    await functions.create(recordOf(), { team: "blue" });
    const policies = createPolicyStore(fixture.client);
    const owner = { kind: "function", id, qualifier: "$LATEST" } as const;
    await policies.update(owner, () => ({
      RevisionId: "p",
      Statement: [{ Sid: "s", Effect: "Allow", Principal: "*", Action: "lambda:InvokeFunction", Resource: "x" }],
    }));
    expect(await functions.delete(id)).toEqual({ record: recordOf(), versions: [] });
    expect(await functions.delete(id)).toBeUndefined();
    expect(await createTagStore(fixture.client).list(id)).toEqual({});
    expect(await policies.get(owner)).toBeUndefined();
    expect(await createCodeUsage(fixture.client).totalBytes(scope)).toBe(0);
    expect(await fixture.client.keys("*")).toEqual([]);
  });

  test("a list comes in the order of names, page by page, without gaps or repeats", async () => {
    const names = ["b", "a", "Z", "c-1", "c_1", "c"];
    for (const FunctionName of names) await functions.create(recordOf({ FunctionName }), {});
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await functions.list(scope, { limit: 2, ...(after === undefined ? {} : { after }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((record) => record.FunctionName));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual([...names].sort());
  });

  test("a page that ends the list has no successor, even when it is full", async () => {
    await functions.create(recordOf({ FunctionName: "a" }), {});
    await functions.create(recordOf({ FunctionName: "b" }), {});
    expect((await functions.list(scope, { limit: 2 })).next).toBeUndefined();
    expect((await functions.list(scope, { limit: 1 })).next).toBe("a");
  });

  test("functions under preparation are known until it ends", async () => {
    await functions.create(recordOf({ State: "Pending" }), {});
    expect(await functions.unfinished()).toEqual([id]);
    await functions.replace(recordOf({ RevisionId: "r2" }), "revision-1");
    expect(await functions.unfinished()).toEqual([]);
    await functions.replace(recordOf({ RevisionId: "r3", LastUpdateStatus: "InProgress" }), "r2");
    expect(await functions.unfinished()).toEqual([id]);
    await functions.delete(id);
    expect(await functions.unfinished()).toEqual([]);
  });

  test("code storage counts each function's latest zip once", async () => {
    const usage = createCodeUsage(fixture.client);
    await functions.create(recordOf(), {});
    expect(await usage.totalBytes(scope)).toBe(100);
    const Code = { RepositoryType: "S3", Sha256Hex: "b".repeat(64), CodeSha256: "", CodeSize: 30, UnzippedSize: 1 } as const;
    await functions.replace(recordOf({ RevisionId: "r2", Latest: contentOf({ Code }) }), "revision-1");
    expect(await usage.totalBytes(scope)).toBe(30);
  });

  test("every write is heard by other gateways", async () => {
    const heard: FunctionId[] = [];
    const changes = await subscribeToFunctionChanges(fixture.client, { onChange: (change) => heard.push(change), onGap: () => undefined });
    await functions.create(recordOf(), {});
    await functions.replace(recordOf({ RevisionId: "r2" }), "revision-1");
    await functions.delete(id);
    await until(() => heard.length === 3);
    expect(heard).toEqual([id, id, id]);
    changes.close();
  });

  test("a subscription survives the loss of Redis and says that changes may have been missed", async () => {
    const heard: FunctionId[] = [];
    let gaps = 0;
    const changes = await subscribeToFunctionChanges(fixture.client, {
      onChange: (change) => heard.push(change),
      onGap: () => (gaps += 1),
    });
    await fixture.kill();
    await until(() => gaps >= 1);
    await fixture.revive();
    await until(() => gaps >= 2 && fixture.client.status === "ready");
    await untilAsync(async () => {
      await functions.delete(id);
      await functions.create(recordOf(), {});
      return heard.length > 0;
    });
    expect(heard[0]).toEqual(id);
    changes.close();
  });

  test("the identity of a record is its account, region and name", () => {
    expect(idOf(recordOf())).toEqual(id);
  });
});

async function until(condition: () => boolean): Promise<void> {
  await untilAsync(async () => condition());
}

async function untilAsync(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
