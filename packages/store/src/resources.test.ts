import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createCodeUsage } from "./code-usage.ts";
import { createFunctionStore } from "./functions.ts";
import { createLayerStore, type LayerVersionRecord } from "./layers.ts";
import { createPolicyStore, type PolicyStatement, type StoredPolicy } from "./policies.ts";
import { sharedSecret } from "./secrets.ts";
import { createTagStore } from "./tags.ts";
import { recordOf } from "./testing/records.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

const scope = { accountId: "111122223333", region: "us-east-1" };
const id = { ...scope, name: "f" };

function layerVersion(LayerName: string, Version: number): LayerVersionRecord {
  return {
    LayerName,
    Version,
    Description: "",
    CreatedDate: "2025-11-25T02:26:54.123+0000",
    Sha256Hex: "c".repeat(64),
    CodeSha256: "",
    CodeSize: 10,
    UnzippedSize: 20,
  };
}

function statement(Sid: string): PolicyStatement {
  return { Sid, Effect: "Allow", Principal: "*", Action: "lambda:InvokeFunction", Resource: "arn" };
}

(redisInstalled() ? describe : describe.skip)("layers, tags, policies and code usage in Redis", () => {
  let fixture: RedisFixture;
  beforeAll(async () => {
    fixture = await startRedis();
  });
  beforeEach(() => fixture.client.flushall());
  afterAll(() => fixture.stop());

  test("layer version numbers rise and are never used again", async () => {
    const layers = createLayerStore(fixture.client);
    for (const expected of [1, 2]) {
      const version = await layers.nextVersion(scope, "l");
      expect(version).toBe(expected);
      await layers.put(scope, layerVersion("l", version));
    }
    await layers.delete(scope, "l", 1);
    await layers.delete(scope, "l", 2);
    expect(await layers.nextVersion(scope, "l")).toBe(3);
  });

  test("versions are listed the newest first, numerically", async () => {
    const layers = createLayerStore(fixture.client);
    for (let version = 1; version <= 11; version += 1) await layers.put(scope, layerVersion("l", version));
    expect((await layers.versions(scope, "l")).map((record) => record.Version)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await layers.versions(scope, "other")).toEqual([]);
  });

  test("a layer without versions is not listed", async () => {
    const layers = createLayerStore(fixture.client);
    await layers.put(scope, layerVersion("a", 1));
    await layers.put(scope, layerVersion("b", 1));
    expect(await layers.delete(scope, "a", 1)).toEqual(layerVersion("a", 1));
    expect(await layers.delete(scope, "a", 1)).toBeUndefined();
    expect((await layers.list(scope, { limit: 10 })).items.map((layer) => layer.LayerName)).toEqual(["b"]);
    expect(await createCodeUsage(fixture.client).totalBytes(scope)).toBe(10);
  });

  test("tags are added, overwritten, removed, and bounded", async () => {
    await createFunctionStore(fixture.client).create(recordOf(), { a: "1" });
    const tags = createTagStore(fixture.client);
    expect(await tags.put(id, { a: "2", b: "3" }, 3)).toBe("stored");
    expect(await tags.put(id, { c: "4", d: "5" }, 3)).toBe("too-many");
    expect(await tags.list(id)).toEqual({ a: "2", b: "3" });
    expect(await tags.put(id, { a: "9", b: "9", c: "9" }, 3)).toBe("stored");
    await tags.remove(id, ["a", "absent"]);
    await tags.remove(id, []);
    expect(await tags.list(id)).toEqual({ b: "9", c: "9" });
  });

  test("a function that is gone can't be tagged", async () => {
    expect(await createTagStore(fixture.client).put(id, { a: "1" }, 50)).toBe("gone");
    expect(await fixture.client.keys("*")).toEqual([]);
  });

  test("policies are per qualifier, and none of many concurrent statements is lost", async () => {
    await createFunctionStore(fixture.client).create(recordOf(), {});
    const policies = createPolicyStore(fixture.client);
    const owner = { kind: "function", id, qualifier: "$LATEST" } as const;
    const add =
      (sid: string) =>
      (policy: StoredPolicy | undefined): StoredPolicy => ({ RevisionId: sid, Statement: [...(policy?.Statement ?? []), statement(sid)] });
    await Promise.all(Array.from({ length: 10 }, (_, n) => policies.update(owner, add(`s${n}`))));
    expect((await policies.get(owner))?.Statement.map((one) => one.Sid).sort()).toEqual(
      Array.from({ length: 10 }, (_, n) => `s${n}`).sort(),
    );
    expect(await policies.get({ ...owner, qualifier: "1" })).toBeUndefined();
  });

  test("a policy without statements is no policy, and none can be stored for what is gone", async () => {
    const policies = createPolicyStore(fixture.client);
    const owner = { kind: "layer", scope, layer: "l", version: 1 } as const;
    expect(await policies.update(owner, () => ({ RevisionId: "r", Statement: [statement("s")] }))).toBe("gone");
    await createLayerStore(fixture.client).put(scope, layerVersion("l", 1));
    await policies.update(owner, () => ({ RevisionId: "r", Statement: [statement("s")] }));
    await policies.update(owner, () => ({ RevisionId: "r2", Statement: [] }));
    expect(await policies.get(owner)).toBeUndefined();
  });

  test("a change that refuses leaves the policy as it was", async () => {
    await createFunctionStore(fixture.client).create(recordOf(), {});
    const policies = createPolicyStore(fixture.client);
    const owner = { kind: "function", id, qualifier: "$LATEST" } as const;
    const refuse = (): StoredPolicy => {
      throw new Error("refused");
    };
    await expect(policies.update(owner, refuse)).rejects.toThrow("refused");
    expect(await policies.get(owner)).toBeUndefined();
  });

  test("a zip is listed as unused only after its last user left and after the grace, until it is forgotten", async () => {
    const usage = createCodeUsage(fixture.client);
    await usage.hold("content-1", ["zip-a", "zip-b"]);
    await usage.hold("content-2", ["zip-a"]);
    await usage.release("content-1", ["zip-a", "zip-b"], 1_000);
    expect(await usage.unused(999)).toEqual([]);
    expect(await usage.unused(1_000)).toEqual(["zip-b"]);
    expect(await Promise.all([usage.forget("zip-b", 1_000), usage.forget("zip-b", 1_000)])).toEqual([true, true]);
    expect(await usage.unused(1_000)).toEqual([]);
    await usage.release("content-2", ["zip-a"], 2_000);
    expect(await usage.unused(2_000)).toEqual(["zip-a"]);
  });

  test("a zip that is needed again, or was until lately, is not forgotten", async () => {
    const usage = createCodeUsage(fixture.client);
    await usage.hold("content-1", ["zip-a"]);
    await usage.release("content-1", ["zip-a"], 1_000);
    await usage.hold("content-2", ["zip-a"]);
    expect(await usage.unused(5_000)).toEqual([]);
    expect(await usage.forget("zip-a", 5_000)).toBe(false);
    await usage.release("content-2", ["zip-a"], 6_000);
    expect(await usage.forget("zip-a", 5_000)).toBe(false);
    expect(await usage.unused(6_000)).toEqual(["zip-a"]);
    await usage.hold("nobody", []);
  });

  test("a secret is the same for everybody", async () => {
    const secrets = await Promise.all(Array.from({ length: 5 }, () => sharedSecret(fixture.client, "s")));
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(await sharedSecret(fixture.client, "t")).not.toBe(secrets[0]);
  });
});
