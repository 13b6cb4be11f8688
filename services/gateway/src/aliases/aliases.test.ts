import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import {
  creationOf,
  errorOf,
  SCOPE,
  startControlPlane,
  until,
  zipOf,
  type Answer,
  type ControlPlaneFixture,
} from "../functions/testing/control-plane-fixture.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const STALE = {
  code: "PreconditionFailedException",
  message:
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
};

(redisInstalled() ? describe : describe.skip)("aliases", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
  });
  /** A function with the versions 1 and 2. */
  beforeEach(async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" }).catch(() => undefined);
    await fixture.call("CreateFunction", await creationOf("f"));
    await settled();
    await fixture.call("PublishVersion", { FunctionName: "f" });
    await another({ Timeout: 20 });
  });
  afterAll(() => fixture.stop());

  const settled = async (): Promise<void> =>
    await until(async () => {
      const { State, LastUpdateStatus } = await fixture.call("GetFunctionConfiguration", { FunctionName: "f" });
      return State !== "Pending" && LastUpdateStatus !== "InProgress";
    });
  /** Publishes a version of another configuration. */
  const another = async (changes: object): Promise<string> => {
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", ...changes });
    await settled();
    return (await fixture.call("PublishVersion", { FunctionName: "f" }))["Version"] as string;
  };
  const create = (Name: string, FunctionVersion: string, changes: object = {}): Promise<Answer> =>
    fixture.call("CreateAlias", { FunctionName: "f", Name, FunctionVersion, ...changes });
  const update = (changes: object, Name = "live"): Promise<Answer> => fixture.call("UpdateAlias", { FunctionName: "f", Name, ...changes });
  const get = (Name = "live"): Promise<Answer> => fixture.call("GetAlias", { FunctionName: "f", Name });
  const list = (changes: object = {}): Promise<Answer> => fixture.call("ListAliases", { FunctionName: "f", ...changes });
  const to = (version: string, weight: number): object => ({ RoutingConfig: { AdditionalVersionWeights: { [version]: weight } } });
  const resolve = async (qualifier = "live") => await fixture.plane.directory.resolve(SCOPE, "f", qualifier);

  test("an alias is created, shown, changed and deleted", async () => {
    const created = await create("live", "1", { Description: "words" });
    expect(created).toEqual({
      AliasArn: `${ARN}:live`,
      Name: "live",
      FunctionVersion: "1",
      Description: "words",
      RevisionId: expect.any(String),
    });
    expect(await get()).toEqual(created);
    const moved = await update({ FunctionVersion: "2" });
    expect(moved).toEqual({ ...created, FunctionVersion: "2", RevisionId: expect.any(String) });
    expect(moved["RevisionId"]).not.toBe(created["RevisionId"]);
    expect((await update({}))["RevisionId"]).not.toBe(moved["RevisionId"]);
    const remove = (): Promise<Answer> => fixture.call("DeleteAlias", { FunctionName: "f", Name: "live" });
    expect(await remove()).toEqual({});
    expect(await remove()).toEqual({});
    expect((await errorOf(get())).message).toBe(`Cannot find alias arn: ${ARN}:live`);
  });

  test("an alias without a description has an empty one, and may point to $LATEST", async () => {
    expect(await create("tip", "$LATEST")).toMatchObject({ Description: "", FunctionVersion: "$LATEST" });
    expect(await resolve("tip")).toMatchObject({ executedVersion: "$LATEST", invokedFunctionArn: `${ARN}:tip` });
  });

  test("a function is shown by its alias as the version behind it", async () => {
    await create("live", "1");
    const { Configuration } = await fixture.call("GetFunction", { FunctionName: "f", Qualifier: "live" });
    expect(Configuration).toMatchObject({ FunctionArn: `${ARN}:live`, Version: "1", Timeout: 3 });
    expect(await fixture.call("GetFunctionConfiguration", { FunctionName: `${ARN}:live` })).toEqual(Configuration);
    expect(await errorOf(fixture.call("GetFunction", { FunctionName: "f:gone" }))).toEqual({
      code: "ResourceNotFoundException",
      message: `Function not found: ${ARN}:gone`,
    });
  });

  const twice = { RoutingConfig: { AdditionalVersionWeights: { "1": 0.1, "2": 0.1 } } };
  const invalid = (message: string): object => ({ code: "InvalidParameterValueException", message });
  const missing = (version: string): object => ({ code: "ResourceNotFoundException", message: `Function not found: ${ARN}:${version}` });

  test.each([
    [
      "a name that is taken",
      { Name: "live", FunctionVersion: "2" },
      { code: "ResourceConflictException", message: `Alias already exists: ${ARN}:live` },
    ],
    ["a missing version", { FunctionVersion: "10" }, missing("10")],
    ["a missing additional version", { FunctionVersion: "1", ...to("10", 0.1) }, missing("10")],
    [
      "routing from $LATEST",
      { FunctionVersion: "$LATEST", ...to("1", 0.1) },
      invalid("$LATEST is not supported for an alias pointing to more than 1 version"),
    ],
    [
      "the same version twice",
      { FunctionVersion: "1", ...to("1", 0.1) },
      invalid("Invalid function version 1. Function version 1 is already included in routing configuration."),
    ],
    ["three versions", { FunctionVersion: "1", ...twice }, invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")],
  ])("%s is refused in AWS's words", async (_case, input, error) => {
    await create("live", "1");
    expect(await errorOf(fixture.call("CreateAlias", { FunctionName: "f", Name: "new", ...input }))).toEqual(error);
    expect((await list())["Aliases"]).toHaveLength(1);
  });

  test("what can't be created can't be made by an update either", async () => {
    await create("live", "1", to("2", 0.1));
    expect((await errorOf(update({ FunctionVersion: "2" }))).message).toContain("already included in routing configuration");
    expect((await errorOf(update({ FunctionVersion: "$LATEST" }))).message).toContain("$LATEST is not supported");
    expect((await errorOf(update({ FunctionVersion: "10" }))).message).toBe(`Function not found: ${ARN}:10`);
    expect((await errorOf(update(to("10", 0.1)))).message).toBe(`Function not found: ${ARN}:10`);
    expect((await errorOf(update({ RoutingConfig: { AdditionalVersionWeights: { "2": 0.1, "3": 0.1 } } }))).message).toContain(
      "greater than 1",
    );
    expect(await get()).toMatchObject({ FunctionVersion: "1", ...to("2", 0.1) });
  });

  test("two versions of one alias have the same role and dead-letter queue", async () => {
    const other = await another({ Role: "arn:aws:iam::111122223333:role/other" });
    expect((await errorOf(create("live", "1", to(other, 0.1)))).message).toBe(
      "Specified versions must be associated with the same execution role",
    );
    const queued = await another({
      Role: "arn:aws:iam::111122223333:role/r",
      DeadLetterConfig: { TargetArn: "arn:aws:sqs:us-east-1:111122223333:q" },
    });
    expect((await errorOf(create("live", "1", to(queued, 0.1)))).message).toContain("the same dead letter queue");
    expect(await create("live", queued)).toMatchObject({ FunctionVersion: queued });
  });

  test("aliases of a missing function, and missing aliases", async () => {
    const none = "arn:aws:lambda:us-east-1:111122223333:function:none";
    const input = { FunctionName: "none", Name: "live" };
    expect((await errorOf(fixture.call("CreateAlias", { ...input, FunctionVersion: "1" }))).message).toBe(`Function not found: ${none}:1`);
    for (const operation of ["GetAlias", "UpdateAlias", "DeleteAlias", "ListAliases"])
      expect(await errorOf(fixture.call(operation, input))).toEqual({
        code: "ResourceNotFoundException",
        message: `Function not found: ${none}`,
      });
    expect(await errorOf(update({}))).toEqual({ code: "ResourceNotFoundException", message: `Alias not found: ${ARN}:live` });
    expect(await errorOf(get())).toEqual({ code: "ResourceNotFoundException", message: `Cannot find alias arn: ${ARN}:live` });
  });

  test("a RevisionId precondition is honoured", async () => {
    const { RevisionId } = await create("live", "1");
    expect(await errorOf(update({ FunctionVersion: "2", RevisionId: "old" }))).toEqual(STALE);
    expect(await update({ FunctionVersion: "2", RevisionId })).toMatchObject({ FunctionVersion: "2" });
    expect(await errorOf(update({ FunctionVersion: "1", RevisionId }))).toEqual(STALE);
  });

  test("of many updates that saw the same revision exactly one succeeds", async () => {
    const { RevisionId } = await create("live", "1");
    const updates = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => update({ Description: `d${n}`, RevisionId })));
    expect(updates.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("requests are spread over the versions by weight, and an empty routing ends that", async () => {
    expect(await create("live", "1", to("2", 0.5))).toMatchObject(to("2", 0.5));
    const executed = async (): Promise<ReadonlySet<string>> => {
      const versions = new Set<string>();
      for (let n = 0; n < 200; n += 1) versions.add((await resolve()).executedVersion);
      return versions;
    };
    expect(await executed()).toEqual(new Set(["1", "2"]));
    await update(to("2", 0));
    expect(await executed()).toEqual(new Set(["1"]));
    await update(to("2", 1));
    expect(await executed()).toEqual(new Set(["2"]));
    expect(await update({ RoutingConfig: {} })).not.toHaveProperty("RoutingConfig");
    expect(await executed()).toEqual(new Set(["1"]));
    await update(to("2", 1));
    expect(await update({ RoutingConfig: { AdditionalVersionWeights: {} } })).not.toHaveProperty("RoutingConfig");
  });

  test("a move is in force as soon as it is answered, here and at other gateways", async () => {
    await create("live", "1");
    const other = await fixture.anotherGateway();
    const there = async (): Promise<string> => (await other.plane.directory.resolve(SCOPE, "f", "live")).executedVersion;
    expect([(await resolve()).spec.timeoutMs, await there()]).toEqual([3_000, "1"]);
    await update({ FunctionVersion: "2" });
    expect((await resolve()).spec.timeoutMs).toBe(20_000);
    await until(async () => (await there()) === "2");
    await fixture.call("DeleteAlias", { FunctionName: "f", Name: "live" });
    expect((await errorOf(resolve())).message).toBe(`Function not found: ${ARN}:live`);
    await other.stop();
  });

  test("a version that an alias points to can't be deleted, nor can one that it routes to", async () => {
    await create("live", "1", to("2", 0));
    await create("beta", "2");
    const remove = (Qualifier: string): Promise<Answer> => fixture.call("DeleteFunction", { FunctionName: "f", Qualifier });
    expect(await errorOf(remove("1"))).toEqual({
      code: "ResourceConflictException",
      message: "Unable to delete version because the following aliases reference it: [live]",
    });
    expect((await errorOf(remove("2"))).message).toBe("Unable to delete version because the following aliases reference it: [beta, live]");
    expect((await errorOf(remove("live"))).message).toBe("Deletion of aliases is not currently supported.");
    await update({ RoutingConfig: {} });
    await fixture.call("DeleteAlias", { FunctionName: "f", Name: "beta" });
    expect(await remove("2")).toEqual({ StatusCode: 204 });
  });

  test("of an alias that is moved to a version and the version's deletion one fails, whoever is first", async () => {
    for (let round = 0; round < 20; round += 1) {
      const version = await another({ Description: `round ${round}` });
      await create("live", "1");
      const outcomes = await Promise.allSettled([
        update({ FunctionVersion: version }),
        fixture.call("DeleteFunction", { FunctionName: "f", Qualifier: version }),
      ]);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect((await resolve()).executedVersion).toBe((await get())["FunctionVersion"]);
      await fixture.call("DeleteAlias", { FunctionName: "f", Name: "live" });
    }
  });

  test("aliases are listed by name, in pages, and by the version behind them", async () => {
    await create("c", "1");
    await create("a", "2", to("1", 0.1));
    await create("b", "2");
    const names = (page: Answer): readonly string[] => page["Aliases"].map(({ Name }: Answer) => Name as string);
    expect(names(await list())).toEqual(["a", "b", "c"]);
    const first = await list({ MaxItems: 2 });
    expect(names(first)).toEqual(["a", "b"]);
    const second = await list({ MaxItems: 2, Marker: first["NextMarker"] });
    expect([names(second), second["NextMarker"]]).toEqual([["c"], undefined]);
    expect(names(await list({ FunctionVersion: "1" }))).toEqual(["a", "c"]);
    expect(names(await list({ FunctionVersion: "3" }))).toEqual([]);
  });

  test("aliases go with their function", async () => {
    await create("live", "1");
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    await fixture.call("CreateFunction", await creationOf("f", { Code: { ZipFile: await zipOf("other") } }));
    expect((await list())["Aliases"]).toEqual([]);
    expect((await errorOf(resolve())).message).toBe(`Function not found: ${ARN}:live`);
  });

  test("each qualifier has a policy of its own, which goes with it", async () => {
    await create("live", "1");
    const permission = { FunctionName: "f", StatementId: "s", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" };
    const before = await get();
    const { Statement } = await fixture.call("AddPermission", { ...permission, Qualifier: "live" });
    expect(JSON.parse(Statement)).toMatchObject({ Resource: `${ARN}:live` });
    const after = await get();
    expect(after).toEqual({ ...before, RevisionId: expect.any(String) });
    expect(after["RevisionId"]).not.toBe(before["RevisionId"]);
    const policy = (Qualifier?: string): Promise<Answer> =>
      fixture.call("GetPolicy", { FunctionName: "f", ...(Qualifier === undefined ? {} : { Qualifier }) });
    expect((await policy("live"))["RevisionId"]).toBe(after["RevisionId"]);
    const none = { code: "ResourceNotFoundException", message: "The resource you requested does not exist." };
    for (const qualifier of [undefined, "1"]) expect(await errorOf(policy(qualifier))).toEqual(none);
    await fixture.call("AddPermission", { ...permission, Qualifier: "1" });
    expect((await fixture.call("GetFunctionConfiguration", { FunctionName: "f", Qualifier: "1" }))["RevisionId"]).toBe(
      (await policy("1"))["RevisionId"],
    );
    await fixture.call("RemovePermission", { FunctionName: "f", Qualifier: "1", StatementId: "s" });
    expect(await errorOf(policy("1"))).toEqual(none);
    expect((await errorOf(fixture.call("AddPermission", { ...permission, Qualifier: "gone" }))).message).toBe(
      `Cannot find alias arn: ${ARN}:gone`,
    );
    expect((await errorOf(fixture.call("AddPermission", { ...permission, Qualifier: "9" }))).message).toBe(`Function not found: ${ARN}:9`);
    await fixture.call("DeleteAlias", { FunctionName: "f", Name: "live" });
    await create("live", "1");
    expect(await errorOf(policy("live"))).toEqual(none);
  });

  test("each qualifier has an event invoke config of its own, and can be a destination", async () => {
    await create("live", "1");
    const put = (changes: object): Promise<Answer> =>
      fixture.call("PutFunctionEventInvokeConfig", { FunctionName: "f", MaximumRetryAttempts: 1, ...changes });
    for (const Qualifier of ["live", "2"]) expect(await put({ Qualifier })).toMatchObject({ FunctionArn: `${ARN}:${Qualifier}` });
    expect(await errorOf(put({ Qualifier: "9" }))).toEqual({ code: "ResourceNotFoundException", message: "The function doesn't exist." });
    await fixture.call("CreateFunction", await creationOf("g")).catch(() => undefined);
    const toLive = { DestinationConfig: { OnSuccess: { Destination: `${ARN}:live` } } };
    expect(await fixture.call("PutFunctionEventInvokeConfig", { FunctionName: "g", ...toLive })).toMatchObject(toLive);
    const toNobody = { DestinationConfig: { OnSuccess: { Destination: `${ARN}:gone` } } };
    expect((await errorOf(fixture.call("PutFunctionEventInvokeConfig", { FunctionName: "g", ...toNobody }))).message).toBe(
      `The destination ARN ${ARN}:gone is invalid.`,
    );
    const configs = async (): Promise<readonly string[]> =>
      (await fixture.call("ListFunctionEventInvokeConfigs", { FunctionName: "f" }))["FunctionEventInvokeConfigs"].map(
        ({ FunctionArn }: Answer) => FunctionArn as string,
      );
    expect(await configs()).toEqual([`${ARN}:2`, `${ARN}:live`]);
    await fixture.call("DeleteAlias", { FunctionName: "f", Name: "live" });
    await fixture.call("DeleteFunction", { FunctionName: "f", Qualifier: "2" });
    expect(await configs()).toEqual([]);
  });
});
