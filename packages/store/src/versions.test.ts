import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createAliasStore, type AliasStore } from "./aliases.ts";
import { createCodeUsage } from "./code-usage.ts";
import { subscribeToFunctionChanges } from "./function-changes.ts";
import { createFunctionStore, type FunctionStore } from "./functions.ts";
import { aliasOf, contentOf, recordOf, versionOf } from "./testing/records.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";
import { createVersionStore, type VersionStore } from "./versions.ts";

const id = { accountId: "111122223333", region: "us-east-1", name: "f" };

(redisInstalled() ? describe : describe.skip)("versions and aliases in Redis", () => {
  let fixture: RedisFixture;
  let functions: FunctionStore;
  let versions: VersionStore;
  let aliases: AliasStore;
  beforeAll(async () => {
    fixture = await startRedis();
    functions = createFunctionStore(fixture.client);
    versions = createVersionStore(fixture.client);
    aliases = createAliasStore(fixture.client);
  });
  beforeEach(async () => {
    await fixture.client.flushall();
    await functions.create(recordOf(), {});
  });
  afterAll(() => fixture.stop());

  /** Publishes the next version, as the function is. */
  const publish = async (changes: Parameters<typeof versionOf>[0] = {}): Promise<string> => {
    const Version = String((await versions.highest(id)) + 1);
    const latest = (await functions.get(id))!;
    const outcome = await versions.publish(versionOf({ Version, ...changes }), {
      record: { ...latest, RevisionId: `after-${Version}` },
      expectedRevisionId: latest.RevisionId,
    });
    expect(outcome).toBe("published");
    return Version;
  };

  test("a version is published with the function's new revision, under the next number only", async () => {
    const latest = { record: recordOf({ RevisionId: "after-1" }), expectedRevisionId: "revision-1" };
    expect(await versions.publish(versionOf({ Version: "2" }), latest)).toBe("changed");
    expect(await versions.publish(versionOf(), { ...latest, expectedRevisionId: "older" })).toBe("changed");
    expect(await versions.highest(id)).toBe(0);
    expect(await versions.publish(versionOf(), latest)).toBe("published");
    expect(await versions.publish(versionOf(), latest)).toBe("changed");
    expect([await versions.highest(id), (await functions.get(id))?.RevisionId]).toEqual([1, "after-1"]);
    expect(await versions.get(id, "1")).toEqual(versionOf());
    expect(await versions.get(id, "2")).toBeUndefined();
  });

  test("nothing is published of a function that is gone", async () => {
    await functions.delete(id);
    expect(await versions.publish(versionOf(), { record: recordOf(), expectedRevisionId: "revision-1" })).toBe("gone");
    expect(await versions.update(id, "1", (before) => before)).toBe("gone");
    expect(await versions.delete(id, "1")).toEqual({ kind: "gone" });
  });

  test("versions are listed by number, page by page", async () => {
    for (let n = 1; n <= 11; n += 1) await publish();
    await versions.delete(id, "4");
    const listed = async (after: string | undefined, limit: number): Promise<readonly [readonly string[], string | undefined]> => {
      const page = await versions.list(id, { limit, ...(after === undefined ? {} : { after }) });
      return [page.items.map(({ Version }) => Version), page.next];
    };
    expect(await listed(undefined, 5)).toEqual([["1", "2", "3", "5", "6"], "6"]);
    expect(await listed("6", 5)).toEqual([["7", "8", "9", "10", "11"], undefined]);
    expect(await listed("11", 5)).toEqual([[], undefined]);
  });

  test("a deleted version's number is not given again", async () => {
    await publish();
    expect(await versions.delete(id, "1")).toEqual({ kind: "deleted", record: versionOf() });
    expect(await versions.delete(id, "1")).toEqual({ kind: "none" });
    expect(await publish()).toBe("2");
  });

  test("a version counts in the code storage until it is deleted", async () => {
    const usage = createCodeUsage(fixture.client);
    await publish();
    await publish({ Content: contentOf({ Code: { ...ZIP, CodeSize: 1_000 } }) });
    expect(await usage.totalBytes(id)).toBe(1_200);
    await versions.delete(id, "1");
    expect(await usage.totalBytes(id)).toBe(1_100);
    await functions.delete(id);
    expect(await usage.totalBytes(id)).toBe(0);
  });

  test("Pending versions are known until they are not Pending any more", async () => {
    const pending = async (): Promise<readonly string[]> => (await versions.unfinished()).map(({ version }) => version).sort();
    for (let n = 1; n <= 4; n += 1) await publish({ State: "Pending" });
    expect(await versions.unfinished()).toContainEqual({ ...id, version: "1" });
    await versions.update(id, "1", (before) => ({ ...before, State: "Active" }));
    await versions.delete(id, "2");
    expect(await pending()).toEqual(["3", "4"]);
    await functions.delete(id);
    expect(await pending()).toEqual([]);
  });

  test("changes of a version made at the same time are all kept", async () => {
    await publish({ RevisionId: "0" });
    await Promise.all(
      Array.from({ length: 20 }, () =>
        versions.update(id, "1", (before) => ({ ...before, RevisionId: String(Number(before.RevisionId) + 1) })),
      ),
    );
    expect((await versions.get(id, "1"))?.RevisionId).toBe("20");
  });

  test("an alias points only to versions that exist", async () => {
    await publish();
    const stored = { kind: "stored", alias: aliasOf(), before: undefined };
    expect(await aliases.update(id, "live", () => aliasOf())).toEqual(stored);
    const routed = aliasOf({ RoutingConfig: { AdditionalVersionWeights: { "2": 0.5 } } });
    expect(await aliases.update(id, "live", () => routed)).toEqual({ kind: "missing-version", version: "2" });
    expect(await aliases.get(id, "live")).toEqual(aliasOf());
    const latest = aliasOf({ Name: "tip", FunctionVersion: "$LATEST" });
    expect(await aliases.update(id, "tip", () => latest)).toMatchObject({ kind: "stored" });
    expect((await aliases.list(id)).map(({ Name }) => Name)).toEqual(["live", "tip"]);
    await functions.delete(id);
    expect(await aliases.update(id, "live", () => aliasOf())).toEqual({ kind: "gone" });
    expect(await aliases.delete(id, "live")).toBe("gone");
  });

  test("a version to which an alias points or routes is not deleted", async () => {
    await publish();
    await publish();
    await aliases.update(id, "live", () => aliasOf({ RoutingConfig: { AdditionalVersionWeights: { "2": 0 } } }));
    await aliases.update(id, "a", () => aliasOf({ Name: "a", FunctionVersion: "2" }));
    expect(await versions.delete(id, "1")).toEqual({ kind: "aliased", aliases: ["live"] });
    expect(await versions.delete(id, "2")).toEqual({ kind: "aliased", aliases: ["a", "live"] });
    expect(await aliases.delete(id, "live")).toMatchObject({ Name: "live" });
    expect(await aliases.delete(id, "live")).toBeUndefined();
    expect(await versions.delete(id, "1")).toMatchObject({ kind: "deleted" });
  });

  test("many aliases and deletions of their versions at the same time leave no alias that points nowhere", async () => {
    for (let round = 0; round < 20; round += 1) {
      const version = await publish();
      const deletion = versions.delete(id, version);
      const writes = Array.from({ length: 5 }, (_, n) =>
        aliases.update(id, `a${n}`, () => aliasOf({ Name: `a${n}`, FunctionVersion: version })),
      );
      await Promise.all([deletion, ...writes]);
      for (const alias of await aliases.list(id)) {
        expect(await versions.get(id, alias.FunctionVersion)).toBeDefined();
        await aliases.delete(id, alias.Name);
      }
    }
  });

  test("a deleted function answers its versions, and a new one of its name has none", async () => {
    await publish();
    await publish();
    await aliases.update(id, "live", () => aliasOf());
    const deleted = await functions.delete(id);
    expect(deleted?.versions.map(({ Version }) => Version).sort()).toEqual(["1", "2"]);
    await functions.create(recordOf(), {});
    expect(await versions.highest(id)).toBe(0);
    expect([await versions.list(id, { limit: 10 }), await aliases.list(id)]).toEqual([{ items: [] }, []]);
  });

  test("every write is told to the other gateways", async () => {
    const heard: unknown[] = [];
    const changes = await subscribeToFunctionChanges(fixture.client, { onChange: (change) => heard.push(change), onGap: () => undefined });
    await publish();
    await versions.update(id, "1", (before) => before);
    await aliases.update(id, "live", () => aliasOf());
    await aliases.delete(id, "live");
    await versions.delete(id, "1");
    await fixture.client.ping();
    while (heard.length < 5) await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(Array.from({ length: 5 }, () => id));
    changes.close();
  });
});

const ZIP = { RepositoryType: "S3", Sha256Hex: "b".repeat(64), CodeSha256: "u7s=", CodeSize: 100, UnzippedSize: 200 } as const;
