import { expect, test } from "@jest/globals";
import type { AliasRecord } from "@lambdock/model/alias";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";
import { aliasOf, contentOf, recordOf, versionOf } from "@lambdock/store/testing/records";
import { createCachedDirectory } from "./cached-directory.ts";
import { specsBehind, type QualifiedStores } from "./qualified-specs.ts";

const scope = { accountId: "111122223333", region: "us-east-1" };
const id = { ...scope, name: "f" };
const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";

interface Stored extends QualifiedStores {
  readonly versionsByNumber: Map<string, FunctionVersionRecord>;
  readonly aliasesByName: Map<string, AliasRecord>;
  /** What was read, in order. */
  readonly reads: string[];
}

/** A function with the versions 1 and 2, whose timeouts are 10 and 20 seconds. */
function stored(...aliases: readonly AliasRecord[]): Stored {
  const versionsByNumber = new Map(
    [1, 2].map((n) => [String(n), versionOf({ Version: String(n), Content: contentOf({ Timeout: 10 * n }) })]),
  );
  const aliasesByName = new Map(aliases.map((alias) => [alias.Name, alias]));
  const reads: string[] = [];
  const read = async <Value>(name: string, value: Value): Promise<Value> => {
    reads.push(name);
    return value;
  };
  return {
    versionsByNumber,
    aliasesByName,
    reads,
    functions: { get: () => read("function", recordOf()) },
    versions: { get: (_id, version) => read(version, versionsByNumber.get(version)) },
    aliases: { get: (_id, name) => read(name, aliasesByName.get(name)) },
  };
}

const routed = (weight: number): AliasRecord => aliasOf({ RoutingConfig: { AdditionalVersionWeights: { "2": weight } } });

test("a version runs its own content under its own number, addressed as the caller did", async () => {
  const directory = createCachedDirectory(stored());
  expect(await directory.resolve(scope, "f", "2")).toMatchObject({
    spec: { functionArn: ARN, version: "2", timeoutMs: 20_000 },
    invokedFunctionArn: `${ARN}:2`,
    executedVersion: "2",
  });
  expect((await directory.resolve(scope, "f", "1")).spec.timeoutMs).toBe(10_000);
  expect((await directory.resolve(scope, "f", undefined)).spec).toMatchObject({ version: "$LATEST", timeoutMs: 3_000 });
});

test("an alias leads to its version, and stays what the function is invoked as", async () => {
  const directory = createCachedDirectory(stored(aliasOf({ FunctionVersion: "2" }), aliasOf({ Name: "tip", FunctionVersion: "$LATEST" })));
  expect(await directory.resolve(scope, "f:live", undefined)).toMatchObject({ invokedFunctionArn: `${ARN}:live`, executedVersion: "2" });
  expect(await directory.resolve(scope, "f", "tip")).toMatchObject({ invokedFunctionArn: `${ARN}:tip`, executedVersion: "$LATEST" });
});

test("the version of each request to an alias with routing is drawn anew", async () => {
  const numbers = [0.05, 0.1, 0.99, 0.0999];
  const directory = createCachedDirectory(stored(routed(0.1)), () => numbers.shift()!);
  const executed: string[] = [];
  for (let n = 0; n < 4; n += 1) executed.push((await directory.resolve(scope, "f", "live")).executedVersion);
  expect(executed).toEqual(["2", "1", "1", "2"]);
});

test("weights hold over many requests", async () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const directory = createCachedDirectory(stored(routed(0.1)), random);
  let second = 0;
  for (let n = 0; n < 10_000; n += 1) if ((await directory.resolve(scope, "f", "live")).executedVersion === "2") second += 1;
  expect(second).toBeGreaterThan(850);
  expect(second).toBeLessThan(1_150);
});

test("what is known of a qualifier is answered at once, without a read, until the function is written", async () => {
  const stores = stored(routed(0.5));
  const directory = createCachedDirectory(stores);
  await Promise.all([directory.resolve(scope, "f", "live"), directory.resolve(scope, "f", "live")]);
  expect(stores.reads).toEqual(["live", "1", "2"]);
  expect(directory.resolve(scope, "f", "live")).not.toBeInstanceOf(Promise);
  stores.aliasesByName.set("live", aliasOf({ FunctionVersion: "2" }));
  directory.forget(id);
  expect((await directory.resolve(scope, "f", "live")).executedVersion).toBe("2");
  expect(directory.resolve(scope, "f", "live")).toMatchObject({ executedVersion: "2" });
});

test("a missing alias is asked for again each time, a missing version too", async () => {
  const stores = stored();
  const directory = createCachedDirectory(stores);
  for (const qualifier of ["live", "3"])
    await expect(directory.resolve(scope, "f", qualifier)).rejects.toMatchObject({ awsMessage: `Function not found: ${ARN}:${qualifier}` });
  stores.aliasesByName.set("live", aliasOf());
  expect((await directory.resolve(scope, "f", "live")).executedVersion).toBe("1");
});

test("an alias that moves while it is looked up is looked up again", async () => {
  const stores = stored(aliasOf({ FunctionVersion: "7" }));
  const moving: QualifiedStores = {
    ...stores,
    versions: {
      get(of, version) {
        stores.aliasesByName.set("live", aliasOf({ FunctionVersion: "2" }));
        return stores.versions.get(of, version);
      },
    },
  };
  expect((await createCachedDirectory(moving).resolve(scope, "f", "live")).executedVersion).toBe("2");
});

test("a version that is not Active is refused, with SnapStart in its own words", async () => {
  const stores = stored();
  const pending = versionOf({ Version: "3", State: "Pending" });
  stores.versionsByNumber.set("3", pending);
  const optimized = contentOf({ Runtime: "python3.13", SnapStart: { ApplyOn: "PublishedVersions" } });
  stores.versionsByNumber.set("4", { ...pending, Version: "4", Content: optimized });
  const directory = createCachedDirectory(stores);
  await expect(directory.resolve(scope, "f", "3")).rejects.toMatchObject({
    code: "ResourceConflictException",
    awsMessage: "The operation cannot be performed at this time. The function is currently in the following state: Pending",
  });
  await expect(directory.resolve(scope, "f", "4")).rejects.toMatchObject({
    code: "SnapStartNotReadyException",
    awsMessage: "Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE.",
  });
});

test("the specifications behind a qualifier come with their weights", async () => {
  const stores = stored(routed(0.25));
  expect(await specsBehind(stores, id, "live")).toEqual([
    { spec: expect.objectContaining({ version: "1" }), weight: 0.75 },
    { spec: expect.objectContaining({ version: "2" }), weight: 0.25 },
  ]);
  expect(await specsBehind(stores, id, "2")).toEqual([{ spec: expect.objectContaining({ version: "2", timeoutMs: 20_000 }), weight: 1 }]);
  expect(await specsBehind(stores, id)).toEqual([{ spec: expect.objectContaining({ version: "$LATEST" }), weight: 1 }]);
  expect(await specsBehind(stores, id, "none")).toBeUndefined();
});
