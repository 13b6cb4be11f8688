import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { errorOf } from "../functions/testing/control-plane-fixture.ts";
import type { SourceDescription } from "./source-probe.ts";
import { FUNCTION, QUEUE, startMappingApi, STREAM, TABLE_STREAM, type MappingApi } from "./testing/mapping-api.ts";

const invalid = (message: string): object => ({ code: "InvalidParameterValueException", message });

(redisInstalled() ? describe : describe.skip)("creations that are refused, so that nothing is stored", () => {
  let api: MappingApi;
  beforeAll(async () => {
    api = await startMappingApi();
  });
  beforeEach(() => api.reset());
  afterAll(() => api.fixture.stop());

  test.each<[string, object, object]>([
    ["no source", { EventSourceArn: undefined }, invalid("Unrecognized event source.")],
    ["an unknown source", { EventSourceArn: "arn:aws:sns:us-east-1:111122223333:t" }, invalid("Unrecognized event source.")],
    [
      "a table without its stream",
      { EventSourceArn: "arn:aws:dynamodb:us-east-1:111122223333:table/tab" },
      invalid("Unrecognized event source."),
    ],
    [
      "no ARN",
      { EventSourceArn: "q" },
      {
        code: "ValidationException",
        message: expect.stringMatching(
          /^1 validation error detected: Value 'q' at 'eventSourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:/,
        ),
      },
    ],
    ["a missing function", { FunctionName: "none" }, invalid("Function does not exist")],
    ["a missing alias", { FunctionName: "f:live" }, invalid("Function does not exist")],
    ["a missing version", { FunctionName: `${FUNCTION}:1` }, invalid("Function does not exist")],
    [
      "another account's function",
      { FunctionName: FUNCTION.replace("111122223333", "444455556666") },
      { code: "AccessDeniedException", message: null },
    ],
    [
      "a stream without a starting position",
      { EventSourceArn: STREAM },
      invalid("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."),
    ],
    [
      "a table's stream at a timestamp",
      { EventSourceArn: TABLE_STREAM, StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: 1 },
      invalid(`Unsupported starting position for arn type: ${TABLE_STREAM}`),
    ],
    ["no timestamp", { EventSourceArn: STREAM, StartingPosition: "AT_TIMESTAMP" }, invalid("Need to specify a timestamp")],
    [
      "a timestamp for nothing",
      { EventSourceArn: STREAM, StartingPosition: "LATEST", StartingPositionTimestamp: 1 },
      invalid("StartingPositionTimestamp is valid only when StartingPosition is AT_TIMESTAMP."),
    ],
    [
      "a timestamp in the future",
      { EventSourceArn: STREAM, StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: 9_999_999_999 },
      invalid("StartingPositionTimestamp cannot be in the future."),
    ],
    ["a starting position of a queue", { StartingPosition: "LATEST" }, invalid("StartingPosition is not valid for SQS event sources.")],
    [
      "a destination of a queue",
      { DestinationConfig: { OnFailure: { Destination: QUEUE } } },
      invalid("Unsupported DestinationConfig parameter for given event source mapping type."),
    ],
    [
      "a destination for successes",
      { EventSourceArn: STREAM, StartingPosition: "LATEST", DestinationConfig: { OnSuccess: { Destination: QUEUE } } },
      invalid("Unsupported DestinationConfig parameter for given event source mapping type."),
    ],
    ...Object.entries({
      ParallelizationFactor: 1,
      MaximumRecordAgeInSeconds: -1,
      MaximumRetryAttempts: 0,
      BisectBatchOnFunctionError: false,
      TumblingWindowInSeconds: 0,
      StartingPositionTimestamp: 1,
      Topics: ["t"],
      Queues: ["q"],
      SourceAccessConfigurations: [{ Type: "BASIC_AUTH", URI: "u" }],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: "g" },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: "g" },
      DocumentDBEventSourceConfig: { DatabaseName: "d" },
      LoggingConfig: { SystemLogLevel: "INFO" },
      MetricsConfig: { Metrics: ["ErrorCount"] },
    }).map(([name, value]): [string, object, object] => [
      `${name} of a queue`,
      { [name]: value },
      invalid(`Unsupported ${name} parameter for given event source mapping type.`),
    ]),
    ...Object.entries({ ScalingConfig: { MaximumConcurrency: 2 }, ProvisionedPollerConfig: { MinimumPollers: 2 } }).map(
      ([name, value]): [string, object, object] => [
        `${name} of a stream`,
        { EventSourceArn: STREAM, StartingPosition: "LATEST", [name]: value },
        invalid(`Unsupported ${name} parameter for given event source mapping type.`),
      ],
    ),
    [
      "a batch of more than ten without a window",
      { BatchSize: 11 },
      invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"),
    ],
    [
      "a window of a FIFO queue",
      { EventSourceArn: `${QUEUE}.fifo`, MaximumBatchingWindowInSeconds: 1 },
      invalid("Batching window is not supported for FIFO queues"),
    ],
    [
      "a big batch of a FIFO queue",
      { EventSourceArn: `${QUEUE}.fifo`, BatchSize: 11 },
      invalid("BatchSize of a FIFO queue can be at most 10, not 11."),
    ],
    [
      "two ways of scaling",
      { ScalingConfig: { MaximumConcurrency: 2 }, ProvisionedPollerConfig: { MinimumPollers: 2 } },
      invalid("ScalingConfig.MaximumConcurrency and ProvisionedPollerConfig cannot be used together."),
    ],
    [
      "one poller",
      { ProvisionedPollerConfig: { MinimumPollers: 1 } },
      invalid("MinimumPollers and MaximumPollers of an SQS event source must be at least 2."),
    ],
    [
      "more pollers than at most",
      { ProvisionedPollerConfig: { MinimumPollers: 9, MaximumPollers: 8 } },
      invalid("MinimumPollers (9) cannot be greater than MaximumPollers (8)."),
    ],
    [
      "a record age of half a minute",
      { EventSourceArn: STREAM, StartingPosition: "LATEST", MaximumRecordAgeInSeconds: 30 },
      invalid("MaximumRecordAgeInSeconds must be -1 or at least 60, not 30."),
    ],
    [
      "windows over parallel batches",
      { EventSourceArn: STREAM, StartingPosition: "LATEST", TumblingWindowInSeconds: 1, ParallelizationFactor: 2 },
      invalid("TumblingWindowInSeconds needs a ParallelizationFactor of 1."),
    ],
    ...["arn:aws:iam:us-east-1:111122223333:q", `${QUEUE}.fifo`, "kafka://topic"].map((Destination): [string, object, object] => [
      `${Destination} as a destination`,
      { EventSourceArn: STREAM, StartingPosition: "LATEST", DestinationConfig: { OnFailure: { Destination } } },
      invalid(
        `The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${Destination})) is invalid.`,
      ),
    ]),
    [
      "a destination in another region",
      {
        EventSourceArn: STREAM,
        StartingPosition: "LATEST",
        DestinationConfig: { OnFailure: { Destination: QUEUE.replace("us-east-1", "eu-west-1") } },
      },
      invalid("The destination ARN arn:aws:sqs:eu-west-1:111122223333:q is invalid."),
    ],
    ...["null", '"simple string"', '{"eventSource":"aws:sqs"}', '{"eventName": ["INSERT"=123}]}', undefined].map(
      (Pattern): [string, object, object] => [
        `the filter ${Pattern}`,
        { FilterCriteria: { Filters: [{ Pattern }] } },
        invalid("Invalid filter pattern definition."),
      ],
    ),
    [
      "six filters",
      { FilterCriteria: { Filters: Array(6).fill({ Pattern: "{}" }) } },
      invalid("FilterCriteria can have at most 5 filters, not 6."),
    ],
    [
      "self-managed Kafka without credentials",
      { EventSourceArn: undefined, SelfManagedEventSource: { Endpoints: {} } },
      invalid("Required 'sourceAccessConfigurations' parameter is missing."),
    ],
    ...(
      [
        ["Amazon MSK", { EventSourceArn: "arn:aws:kafka:us-east-1:111122223333:cluster/c/1" }],
        ["Amazon MQ", { EventSourceArn: "arn:aws:mq:us-east-1:111122223333:broker:b:1" }],
        ["Amazon DocumentDB", { EventSourceArn: "arn:aws:rds:us-east-1:111122223333:cluster:c" }],
        ["self-managed Apache Kafka", { EventSourceArn: undefined, SelfManagedEventSource: {}, SourceAccessConfigurations: [] }],
      ] as const
    ).map(([name, input]): [string, object, object] => [
      name,
      input,
      {
        code: "NotImplementedException",
        message: `Lambdock does not implement event source mappings for ${name}: it polls Amazon SQS, Kinesis and DynamoDB Streams.`,
      },
    ]),
    [
      "fifty-one tags",
      { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, "v"])) },
      invalid("Number of tags exceeds resource tag limit."),
    ],
  ])("%s", async (_name, input, error) => {
    expect(await errorOf(api.create(input))).toEqual(error);
    expect(await api.list()).toEqual({ EventSourceMappings: [] });
  });

  test.each<[string, object, SourceDescription, object]>([
    [
      "a queue that does not exist",
      { EventSourceArn: QUEUE },
      { kind: "missing" },
      invalid(
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
      ),
    ],
    [
      "a stream that does not exist",
      { EventSourceArn: STREAM, StartingPosition: "LATEST" },
      { kind: "missing" },
      invalid(`Stream not found: ${STREAM}`),
    ],
    [
      "a queue that refuses",
      { EventSourceArn: QUEUE },
      { kind: "refused", code: "AccessDenied", message: "No." },
      invalid("Error occurred while ReceiveMessage. SQS Error Code: AccessDenied. SQS Error Message: No."),
    ],
    [
      "a source that does not answer",
      { EventSourceArn: QUEUE },
      { kind: "unreachable", message: "SQS at x does not answer." },
      { code: "ServiceException", message: "SQS at x does not answer." },
    ],
    [
      "a queue that gives messages back too soon",
      { EventSourceArn: QUEUE },
      { kind: "exists", visibilityTimeoutSeconds: 2 },
      invalid("Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds"),
    ],
  ])("%s", async (_name, input, description, error) => {
    api.probe.answer(description);
    expect(await errorOf(api.create(input))).toEqual(error);
    expect(await api.list()).toEqual({ EventSourceMappings: [] });
  });

  test("a function that may run longer than its queue hides messages: its mapping can be disabled, not changed otherwise", async () => {
    const uuid = await api.settled(api.create());
    api.probe.answer({ kind: "exists", visibilityTimeoutSeconds: 30 });
    // AWS takes the function's change as it is.
    const after = await api.fixture.call("UpdateFunctionConfiguration", { FunctionName: "f", Timeout: 60 });
    expect(after).toMatchObject({ Timeout: 60 });
    const short = invalid("Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds");
    expect(await errorOf(api.update(uuid, { BatchSize: 5 }))).toEqual(short);
    expect(await api.update(uuid, { Enabled: false })).toMatchObject({ State: "Disabling" });
    await api.settle(uuid);
    expect(await errorOf(api.update(uuid, { Enabled: true }))).toEqual(short);
    api.probe.answer({ kind: "missing" });
    expect(await api.update(uuid, { Enabled: true, BatchSize: 5 })).toMatchObject({ State: "Enabling", BatchSize: 5 });
  });

  test("a second mapping of the same source and function, in the words of its source", async () => {
    const { UUID: queues } = await api.create();
    const duplicateQueue = (name: string): object => ({
      code: "ResourceConflictException",
      message: `An event source mapping with SQS arn (" ${QUEUE} ") and function (" ${name} ") already exists. Please update or delete the existing mapping with UUID ${queues}`,
    });
    expect(await errorOf(api.create())).toEqual(duplicateQueue("f"));
    expect(await errorOf(api.create({ FunctionName: "f:$LATEST" }))).toEqual(duplicateQueue("f:$LATEST"));
    const { UUID: streams } = await api.createStream();
    expect(await errorOf(api.createStream())).toEqual({
      code: "ResourceConflictException",
      message: `The event source arn (" ${STREAM} ") and function (" f ") provided mapping already exists. Please update or delete the existing mapping with UUID ${streams}`,
    });
    expect((await api.list())["EventSourceMappings"]).toHaveLength(2);
  });

  test("of creations at once one succeeds", async () => {
    const outcomes = await Promise.allSettled([api.create(), api.create(), api.create()]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
  });
});
