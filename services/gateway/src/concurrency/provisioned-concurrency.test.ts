import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import {
  SCOPE,
  creationOf,
  errorOf,
  startControlPlane,
  until,
  zipOf,
  type Answer,
  type ControlPlaneFixture,
} from "../functions/testing/control-plane-fixture.ts";
import { createScriptedExecutor } from "../functions/testing/scripted-executor.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const IN_PROGRESS = {
  AvailableProvisionedConcurrentExecutions: 0,
  AllocatedProvisionedConcurrentExecutions: 0,
  Status: "IN_PROGRESS",
  LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/),
};
const NONE = {
  code: "ProvisionedConcurrencyConfigNotFoundException",
  message: "No Provisioned Concurrency Config found for this function",
};
const invalid = (message: string): object => ({ code: "InvalidParameterValueException", message });
const missing = (message: string): object => ({ code: "ResourceNotFoundException", message });

(redisInstalled() ? describe : describe.skip)("provisioned concurrency", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
  });
  beforeEach(async () => {
    fixture.executor.reachable = true;
    fixture.executor.allocated = { status: "IN_PROGRESS", allocated: 0, available: 0 };
    for (const FunctionName of ["f", "g"]) {
      await fixture.call("DeleteFunction", { FunctionName }).catch(() => undefined);
      await fixture.call("CreateFunction", await creationOf(FunctionName));
      await publish(FunctionName);
    }
    await alias("live", "1");
  });
  afterAll(() => fixture.stop());

  /** Changes the code and publishes it, so that it is a version of its own. */
  const publish = async (FunctionName = "f"): Promise<string> => {
    await settled(FunctionName);
    const code = await zipOf(`export const handler = () => ${Math.random()};`);
    await fixture.call("UpdateFunctionCode", { FunctionName, ZipFile: code });
    await settled(FunctionName);
    return (await fixture.call("PublishVersion", { FunctionName }))["Version"] as string;
  };
  const settled = (FunctionName: string): Promise<void> =>
    until(async () => {
      const { State, LastUpdateStatus } = await fixture.call("GetFunctionConfiguration", { FunctionName });
      return State === "Active" && LastUpdateStatus === "Successful";
    });
  const alias = (Name: string, FunctionVersion: string, more: object = {}): Promise<Answer> =>
    fixture.call("CreateAlias", { FunctionName: "f", Name, FunctionVersion, ...more });
  const move = (Name: string, change: object): Promise<Answer> => fixture.call("UpdateAlias", { FunctionName: "f", Name, ...change });
  const put = (Qualifier: string, ProvisionedConcurrentExecutions: number, FunctionName = "f"): Promise<Answer> =>
    fixture.call("PutProvisionedConcurrencyConfig", { FunctionName, Qualifier, ProvisionedConcurrentExecutions });
  const get = (Qualifier: string, FunctionName = "f"): Promise<Answer> =>
    fixture.call("GetProvisionedConcurrencyConfig", { FunctionName, Qualifier });
  const remove = (Qualifier: string, FunctionName = "f"): Promise<Answer> =>
    fixture.call("DeleteProvisionedConcurrencyConfig", { FunctionName, Qualifier });
  const list = (more: object = {}): Promise<Answer> => fixture.call("ListProvisionedConcurrencyConfigs", { FunctionName: "f", ...more });
  const reserve = (ReservedConcurrentExecutions: number, FunctionName = "f"): Promise<Answer> =>
    fixture.call("PutFunctionConcurrency", { FunctionName, ReservedConcurrentExecutions });
  const unreserved = async (): Promise<number> =>
    (await fixture.call("GetAccountSettings", {}))["AccountLimit"].UnreservedConcurrentExecutions as number;
  /** What the executor was told last: version and count of each environment, by qualifier. */
  const told = (executor = fixture.executor): Answer =>
    Object.fromEntries(
      (executor.reservations.at(-1)?.provisioned ?? []).map(({ qualifier, environments }) => [
        qualifier,
        environments.map(({ spec, count }) => [spec.version, count]),
      ]),
    );
  /** The version that a request to the alias runs now. */
  const behindLive = async (): Promise<string> => (await fixture.plane.directory.resolve(SCOPE, "f", "live")).executedVersion;
  const toldId = (): string | undefined => fixture.executor.reservations.at(-1)?.provisioned?.[0]?.id;

  test("is put for an alias or a version, shown as the executor reports it, and deleted", async () => {
    expect(await put("live", 3)).toEqual({ RequestedProvisionedConcurrentExecutions: 3, ...IN_PROGRESS });
    expect(await get("live")).toEqual({ RequestedProvisionedConcurrentExecutions: 3, ...IN_PROGRESS });
    expect(told()).toEqual({ live: [["1", 3]] });
    fixture.executor.allocated = { status: "READY", allocated: 3, available: 3 };
    expect(await get("live")).toEqual({
      RequestedProvisionedConcurrentExecutions: 3,
      AvailableProvisionedConcurrentExecutions: 3,
      AllocatedProvisionedConcurrentExecutions: 3,
      Status: "READY",
      LastModified: IN_PROGRESS.LastModified,
    });
    expect(await errorOf(get("1"))).toEqual(NONE);
    expect([await remove("live"), await remove("live")]).toEqual([{}, {}]);
    expect(await errorOf(get("live"))).toEqual(NONE);
    expect(told()).toEqual({});
    expect(
      await fixture.call("PutProvisionedConcurrencyConfig", { FunctionName: `${ARN}:1`, ProvisionedConcurrentExecutions: 1 }),
    ).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 1,
    });
    expect(told()).toEqual({ "1": [["1", 1]] });
  });

  test("shows why it failed", async () => {
    await put("live", 3);
    fixture.executor.allocated = { status: "FAILED", allocated: 0, available: 0, statusReason: "FUNCTION_ERROR_INIT_FAILURE" };
    expect(await get("live")).toMatchObject({ Status: "FAILED", StatusReason: "FUNCTION_ERROR_INIT_FAILURE" });
  });

  test("begins anew with every request, and answers so while the executor speaks of the request before", async () => {
    await put("live", 3);
    const first = toldId();
    fixture.executor.allocated = { status: "READY", allocated: 3, available: 3 };
    fixture.executor.reachable = false;
    expect(await put("live", 4)).toEqual({ RequestedProvisionedConcurrentExecutions: 4, ...IN_PROGRESS });
    expect(await get("live")).toEqual({ RequestedProvisionedConcurrentExecutions: 4, ...IN_PROGRESS });
    fixture.executor.reachable = true;
    await until(() => toldId() !== first);
    expect(await get("live")).toMatchObject({ Status: "READY" });
  });

  test("is told again to an executor that was restarted, though nobody invokes", async () => {
    await put("live", 3);
    const before = fixture.executor.reservations.length;
    fixture.executor.restart();
    expect(await get("live")).toMatchObject(IN_PROGRESS);
    await until(() => fixture.executor.reservations.length > before);
    expect(told()).toEqual({ live: [["1", 3]] });
  });

  test("is listed in pages of at most fifty, with the ARN of each", async () => {
    expect(await list()).toEqual({ ProvisionedConcurrencyConfigs: [] });
    await put("live", 3);
    await publish();
    await put("2", 1);
    expect(await list()).toEqual({
      ProvisionedConcurrencyConfigs: [
        { FunctionArn: `${ARN}:2`, RequestedProvisionedConcurrentExecutions: 1, ...IN_PROGRESS },
        { FunctionArn: `${ARN}:live`, RequestedProvisionedConcurrentExecutions: 3, ...IN_PROGRESS },
      ],
    });
    const { ProvisionedConcurrencyConfigs: first, NextMarker: Marker } = await list({ MaxItems: 1 });
    expect(first).toMatchObject([{ FunctionArn: `${ARN}:2` }]);
    const rest = await list({ MaxItems: 1, Marker });
    expect(rest).toMatchObject({ ProvisionedConcurrencyConfigs: [{ FunctionArn: `${ARN}:live` }] });
    expect(rest).not.toHaveProperty("NextMarker");
    const missingFunction = fixture.call("ListProvisionedConcurrencyConfigs", { FunctionName: "missing" });
    expect(await errorOf(missingFunction)).toEqual(missing("Function not found: arn:aws:lambda:us-east-1:111122223333:function:missing"));
  });

  test("is not for $LATEST, nor for an alias of it", async () => {
    const unpublished = invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
    const neither = invalid("The function resource provided must be an alias or a published version.");
    expect(await errorOf(put("$LATEST", 1))).toEqual(unpublished);
    for (const call of [get("$LATEST"), remove("$LATEST")]) expect(await errorOf(call)).toEqual(neither);
    await alias("newest", "$LATEST");
    expect(await errorOf(put("newest", 1))).toEqual(unpublished);
  });

  test("of an alias, a version or a function that does not exist is not found, each in AWS's words", async () => {
    for (const call of [put("none", 1), get("none"), remove("none")])
      expect(await errorOf(call)).toEqual(missing(`Cannot find alias arn: ${ARN}:none`));
    for (const call of [put("10", 1), get("10"), remove("10")])
      expect(await errorOf(call)).toEqual(missing(`Function not found: ${ARN}:10`));
    const other = ARN.replace(/f$/, "missing");
    expect(await errorOf(put("none", 1, "missing"))).toEqual(missing(`Cannot find alias arn: ${other}:none`));
    expect(await errorOf(put("1", 1, "missing"))).toEqual(missing(`Function not found: ${other}:1`));
    expect(await errorOf(get("none", "missing"))).toEqual(missing(`Cannot find alias arn: ${other}:none`));
    expect(await errorOf(remove("1", "missing"))).toEqual(missing(`Function not found: ${other}:1`));
  });

  test("is either for an alias or for a version behind it", async () => {
    await put("1", 1);
    expect(await errorOf(put("live", 1))).toEqual({
      code: "ResourceConflictException",
      message: "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    });
    await remove("1");
    await put("live", 1);
    expect(await errorOf(put("1", 1))).toEqual({
      code: "ResourceConflictException",
      message: "Version is pointed by a Provisioned Concurrency alias",
    });
  });

  test("leaves the account its minimum", async () => {
    expect(await errorOf(put("live", 1_001))).toEqual(
      invalid("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000]."),
    );
    expect(await errorOf(put("live", 1_000))).toEqual(
      invalid(
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      ),
    );
    await put("live", 900);
    expect(await unreserved()).toBe(100);
    expect(await errorOf(reserve(1, "g"))).toEqual(
      invalid(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      ),
    );
    await put("live", 800);
    expect([await reserve(100, "g"), await unreserved()]).toEqual([{ ReservedConcurrentExecutions: 100 }, 100]);
  });

  test("stays within its function's reservation, which stays above it", async () => {
    await put("live", 2);
    expect(await errorOf(reserve(1))).toEqual(
      invalid(" ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."),
    );
    expect(await unreserved()).toBe(998);
    await reserve(2);
    expect(await unreserved()).toBe(998);
    const beyond = invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
    await publish();
    for (const call of [put("2", 1), put("live", 3)]) expect(await errorOf(call)).toEqual(beyond);
    await fixture.call("DeleteFunctionConcurrency", { FunctionName: "f" });
    expect(await put("2", 1)).toMatchObject({ Status: "IN_PROGRESS" });
    expect(await unreserved()).toBe(997);
  });

  test("moves with its alias as a new allocation, and stays when the alias stays", async () => {
    await put("live", 3);
    const first = toldId();
    await move("live", { Description: "new" });
    expect(toldId()).toBe(first);
    await publish();
    fixture.executor.allocated = { status: "IN_PROGRESS", allocated: 1, available: 0 };
    await move("live", { FunctionVersion: "2", RoutingConfig: {} });
    expect(told()).toEqual({ live: [["2", 3]] });
    expect(toldId()).not.toBe(first);
    expect(await get("live")).toMatchObject({ RequestedProvisionedConcurrentExecutions: 3, AllocatedProvisionedConcurrentExecutions: 1 });
    expect(await errorOf(get("2"))).toEqual(NONE);
  });

  test("keeps its alias's requests with the version before until all of the new one is initialized", async () => {
    await put("live", 3);
    await publish();
    const moved = await move("live", { FunctionVersion: "2" });
    expect(moved).toMatchObject({ FunctionVersion: "2", RoutingConfig: { AdditionalVersionWeights: { "1": 1 } } });
    expect(moved).not.toHaveProperty("Moving");
    expect(await behindLive()).toBe("1");
    expect(told()).toEqual({
      live: [
        ["2", 3],
        ["1", 0],
      ],
    });
    expect(await move("live", { FunctionVersion: "2", Description: "again" })).toMatchObject({ RoutingConfig: expect.anything() });
    expect(await errorOf(put("live", 4))).toEqual(invalid("Alias with weights can not be used with Provisioned Concurrency"));
    expect(await errorOf(move("live", { FunctionVersion: "1" }))).toEqual(
      invalid("Invalid function version 1. Function version 1 is already included in routing configuration."),
    );
    const id = toldId();
    fixture.executor.allocated = { status: "READY", allocated: 3, available: 3 };
    expect(await get("live")).toMatchObject({ Status: "READY" });
    expect(await behindLive()).toBe("2");
    expect([told(), toldId()]).toEqual([{ live: [["2", 3]] }, id]);
    const arrived = await fixture.call("GetAlias", { FunctionName: "f", Name: "live" });
    expect(arrived).not.toHaveProperty("RoutingConfig");
    expect(arrived["RevisionId"]).not.toBe(moved["RevisionId"]);
  });

  test("lets its alias's requests follow without being asked, and when it is deleted", async () => {
    await put("live", 1);
    await publish();
    await move("live", { FunctionVersion: "2" });
    fixture.executor.allocated = { status: "READY", allocated: 1, available: 1 };
    await until(async () => (await behindLive()) === "2");
    expect(told()).toEqual({ live: [["2", 1]] });
    fixture.executor.allocated = { status: "IN_PROGRESS", allocated: 0, available: 0 };
    await move("live", { FunctionVersion: "1" });
    expect(await behindLive()).toBe("2");
    await remove("live");
    expect([await behindLive(), told()]).toEqual(["1", {}]);
  });

  test("whose move failed keeps the requests with the version before until the routing is cleared", async () => {
    await put("live", 1);
    await publish();
    await publish();
    await move("live", { FunctionVersion: "2" });
    fixture.executor.allocated = { status: "FAILED", allocated: 0, available: 0, statusReason: "FUNCTION_ERROR_INIT_FAILURE" };
    expect(await get("live")).toMatchObject({ Status: "FAILED" });
    expect(await behindLive()).toBe("1");
    const wedged = invalid("Invalid alias configuration for Provisioned Concurrency");
    expect(await errorOf(move("live", { FunctionVersion: "3" }))).toEqual(wedged);
    const routing = { AdditionalVersionWeights: { "1": 0.5 } };
    expect(await errorOf(move("live", { FunctionVersion: "3", RoutingConfig: routing }))).toEqual(wedged);
    const id = toldId();
    await move("live", { RoutingConfig: {} });
    expect([await behindLive(), told()]).toEqual(["2", { live: [["2", 1]] }]);
    expect(toldId()).not.toBe(id);
    await move("live", { FunctionVersion: "1", RoutingConfig: {} });
    expect([await behindLive(), told()]).toEqual(["1", { live: [["1", 1]] }]);
  });

  test("is split by the weights that its alias gets later, but not begun with weights", async () => {
    await publish();
    const RoutingConfig = { AdditionalVersionWeights: { "2": 0.3 } };
    await put("live", 5);
    await move("live", { RoutingConfig });
    expect(told()).toEqual({
      live: [
        ["1", 4],
        ["2", 1],
      ],
    });
    expect(await errorOf(put("live", 6))).toEqual(invalid("Alias with weights can not be used with Provisioned Concurrency"));
    await move("live", { RoutingConfig: {} });
    expect(told()).toEqual({ live: [["1", 5]] });
  });

  test("keeps its alias from $LATEST", async () => {
    await put("live", 1);
    expect(await errorOf(move("live", { FunctionVersion: "$LATEST" }))).toEqual(
      invalid("Invalid alias configuration for Provisioned Concurrency"),
    );
    expect(told()).toEqual({ live: [["1", 1]] });
    await remove("live");
    expect(await move("live", { FunctionVersion: "$LATEST" })).toMatchObject({ FunctionVersion: "$LATEST" });
  });

  test("goes with its alias, its version and its function, which the executor hears", async () => {
    await publish();
    await put("live", 1);
    await put("2", 1);
    await fixture.call("DeleteAlias", { FunctionName: "f", Name: "live" });
    expect(told()).toEqual({ "2": [["2", 1]] });
    expect(await errorOf(get("live"))).toEqual(missing(`Cannot find alias arn: ${ARN}:live`));
    await fixture.call("DeleteFunction", { FunctionName: "f", Qualifier: "2" });
    expect(told()).toEqual({});
    await put("1", 1);
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    expect(told()).toEqual({});
    expect(await unreserved()).toBe(1_000);
  });

  test("does not keep $LATEST from changing", async () => {
    await put("live", 1);
    await fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 9 });
    await settled("f");
    expect(told()).toEqual({ live: [["1", 1]] });
  });

  test("is known to a gateway that starts, also where another was killed before it could follow an alias", async () => {
    await put("live", 2);
    await publish();
    const aliases = "lambdock:111122223333:us-east-1:function-aliases:f";
    const stored = JSON.parse((await fixture.redis.client.hget(aliases, "live"))!) as object;
    await fixture.redis.client.hset(aliases, "live", JSON.stringify({ ...stored, FunctionVersion: "2" }));
    const executor = createScriptedExecutor();
    const other = await fixture.anotherGateway(executor);
    expect(told(executor)).toEqual({ live: [["2", 2]] });
    await other.stop();
  });

  test("follows an alias that moves while it is put", async () => {
    await publish();
    for (let round = 0; round < 10; round += 1) {
      await move("live", { FunctionVersion: "1", RoutingConfig: {} });
      await Promise.all([put("live", 2), move("live", { FunctionVersion: "2" })]);
      // As one or the other was first.
      const kept = (await behindLive()) === "1" ? [["1", 0]] : [];
      expect(told()).toEqual({ live: [["2", 2], ...kept] });
    }
  });

  test("of an alias that is deleted while it is put does not stay", async () => {
    for (let round = 0; round < 10; round += 1) {
      await alias(`a${round}`, "1");
      await Promise.all([
        put(`a${round}`, 2).catch(() => undefined),
        fixture.call("DeleteAlias", { FunctionName: "f", Name: `a${round}` }),
      ]);
      expect(told()).toEqual({});
      expect(await unreserved()).toBe(1_000);
    }
  });
});
