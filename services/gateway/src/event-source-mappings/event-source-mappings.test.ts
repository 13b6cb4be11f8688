import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { errorOf, SCOPE, until, type Answer, type ControlPlaneFixture } from "../functions/testing/control-plane-fixture.ts";
import { FUNCTION, QUEUE, startMappingApi, STREAM, TABLE_STREAM, type MappingApi } from "./testing/mapping-api.ts";

const invalid = (message: unknown): object => ({ code: "InvalidParameterValueException", message });
const GONE = { code: "ResourceNotFoundException", message: "The resource you requested does not exist." };
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

(redisInstalled() ? describe : describe.skip)("event source mappings", () => {
  let api: MappingApi;
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    api = await startMappingApi();
    ({ fixture } = api);
  });
  beforeEach(() => api.reset());
  afterAll(() => fixture.stop());

  describe("what a creation answers", () => {
    test("a queue: AWS's members and no other", async () => {
      const before = Date.now();
      const answer = await api.create();
      expect(answer).toEqual({
        UUID,
        EventSourceMappingArn: `arn:aws:lambda:us-east-1:111122223333:event-source-mapping:${answer["UUID"]}`,
        EventSourceArn: QUEUE,
        FunctionArn: FUNCTION,
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: 0,
        FunctionResponseTypes: [],
        LastModified: expect.any(Number),
        State: "Creating",
        StateTransitionReason: "USER_INITIATED",
      });
      expect(answer["LastModified"] * 1_000).toBeGreaterThanOrEqual(before - 1);
      expect(await api.get(answer["UUID"])).toEqual(answer);
    });

    test.each([
      ["a Kinesis stream", STREAM, "LATEST"],
      ["a stream consumer", `${STREAM}/consumer/c:1700000000`, "TRIM_HORIZON"],
      ["a table's stream", TABLE_STREAM, "TRIM_HORIZON"],
      ["a table's stream of a local DynamoDB", TABLE_STREAM.replace("us-east-1", "dynoxide"), "LATEST"],
    ])("%s: the stream's members beside", async (_name, EventSourceArn, StartingPosition) => {
      const answer = await api.create({ EventSourceArn, StartingPosition });
      expect(answer).toEqual({
        UUID,
        EventSourceMappingArn: expect.any(String),
        EventSourceArn,
        FunctionArn: FUNCTION,
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 0,
        FunctionResponseTypes: [],
        LastModified: expect.any(Number),
        State: "Creating",
        StateTransitionReason: "User action",
        StartingPosition,
        ParallelizationFactor: 1,
        MaximumRecordAgeInSeconds: -1,
        MaximumRetryAttempts: -1,
        BisectBatchOnFunctionError: false,
        TumblingWindowInSeconds: 0,
        DestinationConfig: { OnFailure: {} },
        LastProcessingResult: "No records processed",
      });
    });

    test("a version and an alias have mappings of their own, to which they stay bound", async () => {
      await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["State"] === "Active");
      await fixture.call("PublishVersion", { FunctionName: "f" });
      await fixture.call("CreateAlias", { FunctionName: "f", Name: "live", FunctionVersion: "1" });
      const plain = await api.create();
      const published = await api.create({ FunctionName: "f:1" });
      const aliased = await api.create({ FunctionName: `${FUNCTION}:live` });
      expect([plain, published, aliased].map(({ FunctionArn }) => FunctionArn as string)).toEqual([
        FUNCTION,
        `${FUNCTION}:1`,
        `${FUNCTION}:live`,
      ]);
      expect((await errorOf(api.create({ FunctionName: "f:live" }))).code).toBe("ResourceConflictException");
      const listed = async (FunctionName: string): Promise<unknown> =>
        (await api.list({ FunctionName }))["EventSourceMappings"].map(({ UUID: uuid }: Answer) => uuid as string);
      expect(await listed("f:live")).toEqual([aliased["UUID"]]);
      expect(await listed("f")).toEqual([plain["UUID"]]);
      await api.settle(plain["UUID"]);
      expect(await errorOf(api.update(plain["UUID"], { FunctionName: "f:gone" }))).toEqual(invalid("Function does not exist"));
      await api.settle(published["UUID"]);
      expect((await errorOf(api.update(plain["UUID"], { FunctionName: "f:1" }))).code).toBe("ResourceConflictException");
      await fixture.call("DeleteAlias", { FunctionName: "f", Name: "live" });
      expect((await api.get(aliased["UUID"]))["FunctionArn"]).toBe(`${FUNCTION}:live`);
    });

    test("every setting of a queue is shown as given", async () => {
      const settings = {
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 5,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[1]}}' }, { Pattern: "{}" }] },
        ScalingConfig: { MaximumConcurrency: 2 },
        MetricsConfig: { Metrics: ["EventCount"] },
      };
      expect(await api.create(settings)).toMatchObject(settings);
      const pollers = { ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 4, PollerGroupName: "g" } };
      expect(await api.create({ FunctionName: "other", ...pollers })).toMatchObject(pollers);
    });

    test("every setting of a stream is shown as given", async () => {
      const settings = {
        BatchSize: 10_000,
        MaximumBatchingWindowInSeconds: 300,
        StartingPosition: "AT_TIMESTAMP",
        StartingPositionTimestamp: 1_700_000_000.5,
        ParallelizationFactor: 10,
        MaximumRecordAgeInSeconds: 60,
        MaximumRetryAttempts: 0,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::failures" } },
      };
      expect(await api.createStream(settings)).toMatchObject(settings);
      const table = { EventSourceArn: TABLE_STREAM, TumblingWindowInSeconds: 900 };
      expect(await api.createStream(table)).toMatchObject({ TumblingWindowInSeconds: 900 });
      expect((await api.store.listAll()).find(({ source }) => source === "kinesis")?.settings.stream?.startingPositionTimestamp).toBe(
        1_700_000_000_500,
      );
    });

    test("one that begins disabled is Disabled at once", async () => {
      const { UUID: uuid } = await api.create({ Enabled: false });
      expect(await api.get(uuid)).toMatchObject({ State: "Disabled", StateTransitionReason: "USER_INITIATED" });
    });

    test.each([
      ["f", FUNCTION],
      ["f:$LATEST", `${FUNCTION}:$LATEST`],
      [FUNCTION, FUNCTION],
      ["111122223333:function:f", FUNCTION],
    ])("FunctionName %s is echoed as %s", async (FunctionName, FunctionArn) => {
      expect(await api.create({ FunctionName })).toMatchObject({ FunctionArn });
    });

    test("filters under a customer's key are not shown", async () => {
      const answer = await api.create({
        KMSKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k",
        FilterCriteria: { Filters: [{ Pattern: "{}" }] },
      });
      expect(answer).toMatchObject({ KMSKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k" });
      expect(answer).not.toHaveProperty("FilterCriteria");
      expect(fixture.logged.join()).toContain("encrypts nothing");
    });

    test("empty structures, which tools send along, change nothing", async () => {
      const empty = {
        DestinationConfig: { OnFailure: {} },
        FilterCriteria: { Filters: [] },
        ScalingConfig: {},
        ProvisionedPollerConfig: {},
        MetricsConfig: { Metrics: [] },
        SourceAccessConfigurations: [],
        Topics: [],
        KMSKeyArn: "",
      };
      const first = await api.create(empty);
      for (const name of Object.keys(empty)) expect(first).not.toHaveProperty(name);
    });
  });

  test("the source is looked at where the mapping says", async () => {
    await api.createStream();
    expect(api.probe.asked.at(-1)).toEqual({ kind: "kinesis", arn: STREAM, region: SCOPE.region, callerEndpoint: "http://127.0.0.1:4566" });
  });

  describe("states", () => {
    test("an update is on its way until the poller settles it", async () => {
      const uuid = await api.settled(api.create());
      expect(await api.get(uuid)).toMatchObject({ State: "Enabled" });
      expect(await api.update(uuid, { BatchSize: 5 })).toMatchObject({ State: "Updating", BatchSize: 5 });
      await api.settle(uuid);
      expect(await api.update(uuid, { Enabled: false })).toMatchObject({ State: "Disabling", BatchSize: 5 });
      await api.settle(uuid);
      expect(await api.update(uuid, { BatchSize: 6 })).toMatchObject({ State: "Updating" });
      await api.settle(uuid);
      expect(await api.get(uuid)).toMatchObject({ State: "Disabled", BatchSize: 6 });
      expect(await api.update(uuid, { Enabled: true })).toMatchObject({ State: "Enabling" });
      await api.settle(uuid);
      expect(await api.update(uuid, { Enabled: true })).toMatchObject({ State: "Updating" });
    });

    test("a mapping on its way can be neither updated nor deleted", async () => {
      const { UUID: uuid } = await api.create();
      const inUse = (verb: string): object => ({
        code: "ResourceInUseException",
        message: `Cannot ${verb} the event source mapping because it is in use.`,
      });
      expect(await errorOf(api.update(uuid, { BatchSize: 1 }))).toEqual(inUse("update"));
      expect(await errorOf(api.remove(uuid))).toEqual(inUse("delete"));
      await api.settle(uuid);
      expect(await api.remove(uuid)).toMatchObject({ UUID: uuid, State: "Deleting" });
      expect(await errorOf(api.remove(uuid))).toEqual(inUse("delete"));
      expect(await errorOf(api.update(uuid, { Enabled: false }))).toEqual(inUse("update"));
      expect(await errorOf(api.create())).toMatchObject({ code: "ResourceConflictException" });
      await api.settle(uuid);
      expect(await errorOf(api.get(uuid))).toEqual(GONE);
      await api.create();
    });

    test("a mapping outlives its function", async () => {
      const uuid = await api.settled(api.create());
      await fixture.call("DeleteFunction", { FunctionName: "f" });
      expect(await api.get(uuid)).toMatchObject({ State: "Enabled", FunctionArn: FUNCTION });
      expect(await api.update(uuid, { Enabled: false })).toMatchObject({ State: "Disabling" });
    });
  });

  describe("updates", () => {
    test("what is not given stays, what is given empty goes", async () => {
      const uuid = await api.settled(
        api.create({
          FilterCriteria: { Filters: [{ Pattern: '{"body":["a"]}' }] },
          ScalingConfig: { MaximumConcurrency: 5 },
          MetricsConfig: { Metrics: ["EventCount"] },
          FunctionResponseTypes: ["ReportBatchItemFailures"],
        }),
      );
      expect(await api.update(uuid, { BatchSize: 2 })).toMatchObject({
        FilterCriteria: { Filters: [{ Pattern: '{"body":["a"]}' }] },
        ScalingConfig: { MaximumConcurrency: 5 },
        MetricsConfig: { Metrics: ["EventCount"] },
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      });
      await api.settle(uuid);
      const emptied = await api.update(uuid, {
        FilterCriteria: {},
        ScalingConfig: {},
        MetricsConfig: { Metrics: [] },
        FunctionResponseTypes: [],
      });
      expect(emptied).toMatchObject({ BatchSize: 2, FunctionResponseTypes: [] });
      for (const name of ["FilterCriteria", "ScalingConfig", "MetricsConfig"]) expect(emptied).not.toHaveProperty(name);
      await api.settle(uuid);
      expect(await api.update(uuid, { ProvisionedPollerConfig: { MaximumPollers: 7 } })).toMatchObject({
        ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 7 },
      });
      await api.settle(uuid);
      expect(await api.update(uuid, { ProvisionedPollerConfig: {} })).not.toHaveProperty("ProvisionedPollerConfig");
    });

    test("a destination is removed by an empty text", async () => {
      const Destination = "arn:aws:sns:us-east-1:111122223333:t";
      const uuid = await api.settled(api.createStream({ DestinationConfig: { OnFailure: { Destination } } }));
      expect(await api.update(uuid, { MaximumRetryAttempts: 3 })).toMatchObject({ DestinationConfig: { OnFailure: { Destination } } });
      await api.settle(uuid);
      const answer = await api.update(uuid, { DestinationConfig: { OnFailure: { Destination: "" } } });
      expect(answer).toMatchObject({ DestinationConfig: { OnFailure: {} }, MaximumRetryAttempts: 3, StartingPosition: "TRIM_HORIZON" });
    });

    test("another function can take over, if it exists and has none of that source", async () => {
      const uuid = await api.settled(api.create());
      expect(await errorOf(api.update(uuid, { FunctionName: "none" }))).toEqual(invalid("Function does not exist"));
      api.probe.answer({ kind: "exists", visibilityTimeoutSeconds: 1 });
      expect(await errorOf(api.update(uuid, { FunctionName: "other" }))).toEqual(
        invalid("Queue visibility timeout: 1 seconds is less than Function timeout: 3 seconds"),
      );
      api.probe.answer({ kind: "exists", visibilityTimeoutSeconds: 30 });
      expect(await api.update(uuid, { FunctionName: "other:$LATEST" })).toMatchObject({
        State: "Updating",
        FunctionArn: `${FUNCTION.slice(0, -1)}other:$LATEST`,
      });
      await api.settle(uuid);
      expect(await api.update(uuid, { FunctionName: "other" })).toMatchObject({ FunctionArn: `${FUNCTION.slice(0, -1)}other` });
      await api.settle(uuid);
      await api.create();
      expect(await errorOf(api.update(uuid, { FunctionName: "f" }))).toMatchObject({ code: "ResourceConflictException" });
    });

    test.each<[string, object, string]>([
      ["a batch that needs a window", { BatchSize: 20 }, "Maximum batch window in seconds must be greater than 0"],
      ["a bad filter", { FilterCriteria: { Filters: [{ Pattern: "x" }] } }, "Invalid filter pattern definition."],
      ["a stream's setting", { TumblingWindowInSeconds: 1 }, "Unsupported TumblingWindowInSeconds parameter"],
    ])("%s is refused, and nothing changes", async (_name, input, message) => {
      const uuid = await api.settled(api.create());
      const before = await api.get(uuid);
      expect(await errorOf(api.update(uuid, input))).toEqual(invalid(expect.stringContaining(message)));
      expect(await api.get(uuid)).toEqual(before);
    });

    test("what the poller found meanwhile stays", async () => {
      const uuid = await api.settled(api.createStream());
      await api.store.setResult(uuid, "PROBLEM: Function call failed");
      expect(await api.update(uuid, { BatchSize: 7 })).toMatchObject({ LastProcessingResult: "PROBLEM: Function call failed" });
    });
  });

  test("unknown mappings, and those of other accounts and regions, are not found", async () => {
    const { UUID: uuid } = await api.create();
    const none = "11111111-2222-4333-8444-555555555555";
    for (const call of [api.get(none), api.update(none, { Enabled: false }), api.remove(none)]) expect(await errorOf(call)).toEqual(GONE);
    for (const scope of [{ accountId: "444455556666" }, { region: "eu-west-1" }]) {
      expect(await errorOf(fixture.call("GetEventSourceMapping", { UUID: uuid }, scope))).toEqual(GONE);
      expect(await errorOf(fixture.call("DeleteEventSourceMapping", { UUID: uuid }, scope))).toEqual(GONE);
      expect(await fixture.call("ListEventSourceMappings", {}, scope)).toEqual({ EventSourceMappings: [] });
    }
  });

  test("mappings are listed by source and function, in pages", async () => {
    await api.create();
    await api.create({ FunctionName: "other" });
    await api.createStream();
    const arns = (page: Answer): string[] => page["EventSourceMappings"].map((mapping: Answer) => mapping["EventSourceArn"]).toSorted();
    expect(arns(await api.list())).toEqual([STREAM, QUEUE, QUEUE]);
    expect(arns(await api.list({ EventSourceArn: QUEUE }))).toEqual([QUEUE, QUEUE]);
    expect(arns(await api.list({ FunctionName: "f" }))).toEqual([STREAM, QUEUE]);
    expect(arns(await api.list({ FunctionName: FUNCTION, EventSourceArn: QUEUE }))).toEqual([QUEUE]);
    expect(arns(await api.list({ FunctionName: "f:$LATEST" }))).toEqual([STREAM, QUEUE]);
    expect(arns(await api.list({ FunctionName: "f:live" }))).toEqual([]);
    expect(arns(await api.list({ FunctionName: "none" }))).toEqual([]);
    const first = await api.list({ MaxItems: 2 });
    const second = await api.list({ MaxItems: 2, Marker: first["NextMarker"] });
    expect([...arns(first), ...arns(second)].toSorted()).toEqual([STREAM, QUEUE, QUEUE]);
    expect(second).not.toHaveProperty("NextMarker");
    expect(await errorOf(api.list({ EventSourceArn: "q" }))).toMatchObject({ code: "ValidationException" });
  });

  test("tags begin at creation, are changed under the mapping's ARN, and go with it", async () => {
    const { UUID: uuid, EventSourceMappingArn: Resource } = await api.create({ Tags: { a: "1" } });
    const tags = async (): Promise<object> => (await fixture.call("ListTags", { Resource }))["Tags"];
    expect(await tags()).toEqual({ a: "1" });
    await fixture.call("TagResource", { Resource, Tags: { a: "2", b: "3" } });
    await fixture.call("UntagResource", { Resource, TagKeys: ["b", "none"] });
    expect(await tags()).toEqual({ a: "2" });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, "v"]));
    expect(await errorOf(fixture.call("TagResource", { Resource, Tags: many }))).toEqual(
      invalid("Number of tags exceeds resource tag limit."),
    );
    expect(await errorOf(fixture.call("ListTags", { Resource }, { accountId: "444455556666" }))).toMatchObject({
      code: "AccessDeniedException",
    });
    await api.settle(uuid);
    await api.remove(uuid);
    await api.settle(uuid);
    const gone = { code: "ResourceNotFoundException", message: `Event source mapping not found: ${Resource}` };
    expect(await errorOf(tags())).toEqual(gone);
    expect(await errorOf(fixture.call("TagResource", { Resource, Tags: { a: "1" } }))).toEqual(gone);
  });
});
