/** The API of event source mappings, with real queues. esm.md, sections 1 and 2. What mappings do is tested beside. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  paginateListEventSourceMappings,
  TagResourceCommand,
  UpdateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  type CreateEventSourceMappingCommandOutput,
  type GetEventSourceMappingCommandOutput,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ACCOUNT, arnOf, lambdaClient, REGION } from "./support/clients.ts";
import { createDeployer, uniqueName } from "./support/deploy.ts";
import { errorOf, rawRequest } from "./support/raw-request.ts";
import { endpoint } from "./target/config.ts";
import { until } from "./target/wait.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const sqs = new SQSClient({
  endpoint: endpoint(),
  region: REGION,
  credentials: { accessKeyId: ACCOUNT, secretAccessKey: "secret" },
  maxAttempts: 1,
});
const made: string[] = [];
const arnOfQueue = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

async function createQueue(Attributes: Record<string, string> = {}): Promise<string> {
  const QueueName = uniqueName("source") + (Attributes["FifoQueue"] === "true" ? ".fifo" : "");
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return arnOfQueue(QueueName);
}

async function create(input: CreateEventSourceMappingCommandInput): Promise<CreateEventSourceMappingCommandOutput> {
  const mapping = await client.send(new CreateEventSourceMappingCommand(input));
  made.push(mapping.UUID!);
  return mapping;
}

const get = (UUID: string): Promise<GetEventSourceMappingCommandOutput> => client.send(new GetEventSourceMappingCommand({ UUID }));
const update = (input: UpdateEventSourceMappingCommandInput) => client.send(new UpdateEventSourceMappingCommand(input));
const remove = (UUID: string) => client.send(new DeleteEventSourceMappingCommand({ UUID }));
const reached = (UUID: string, state: string): Promise<GetEventSourceMappingCommandOutput> =>
  until(`${UUID} to be ${state}`, async () => {
    const mapping = await get(UUID);
    return mapping.State === state ? mapping : undefined;
  });

let name: string;
beforeAll(async () => {
  name = await deploy({ fixture: "version" });
});
afterAll(async () => {
  await Promise.all(made.map((UUID) => until(`${UUID} to go`, () => isGone(UUID)).catch(() => undefined)));
});

async function isGone(UUID: string): Promise<boolean> {
  await remove(UUID).catch(() => undefined);
  return await get(UUID).then(
    () => false,
    (error: unknown) => (error as Error).name === "ResourceNotFoundException",
  );
}

test("A mapping is created, becomes Enabled, is changed, disabled, enabled and deleted", async () => {
  const EventSourceArn = await createQueue();
  const created = await create({ FunctionName: name, EventSourceArn, Tags: { a: "1" } });
  expect(created.$metadata.httpStatusCode).toBe(202);
  const UUID = created.UUID!;
  expect(created).toMatchObject({
    EventSourceMappingArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:${UUID}`,
    EventSourceArn,
    FunctionArn: arnOf(name),
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    State: "Creating",
    StateTransitionReason: "USER_INITIATED",
    LastModified: expect.any(Date),
  });
  expect(created).not.toHaveProperty("LastProcessingResult");

  const Resource = created.EventSourceMappingArn!;
  await client.send(new TagResourceCommand({ Resource, Tags: { b: "2" } }));
  expect((await client.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ a: "1", b: "2" });

  await reached(UUID, "Enabled");
  const Pattern = JSON.stringify({ body: { kind: ["order"] } });
  const changed = await update({
    UUID,
    BatchSize: 5,
    FilterCriteria: { Filters: [{ Pattern }] },
    ScalingConfig: { MaximumConcurrency: 2 },
  });
  expect(changed.$metadata.httpStatusCode).toBe(202);
  expect(changed.State).toBe("Updating");
  expect(await reached(UUID, "Enabled")).toMatchObject({
    BatchSize: 5,
    FilterCriteria: { Filters: [{ Pattern }] },
    ScalingConfig: { MaximumConcurrency: 2 },
  });
  expect((await update({ UUID, Enabled: false, FilterCriteria: {}, ScalingConfig: {} })).State).toBe("Disabling");
  const disabled = await reached(UUID, "Disabled");
  expect(disabled.BatchSize).toBe(5);
  expect([disabled.FilterCriteria, disabled.ScalingConfig]).toEqual([undefined, undefined]);
  expect((await update({ UUID, Enabled: true })).State).toBe("Enabling");
  await reached(UUID, "Enabled");

  const deleted = await remove(UUID);
  expect(deleted).toMatchObject({ UUID, State: "Deleting", $metadata: { httpStatusCode: 202 } });
  await until("the mapping to go", () => isGone(UUID));
  await expect(get(UUID)).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource you requested does not exist.",
    $metadata: { httpStatusCode: 404 },
  });
});

test("A mapping that begins disabled is Disabled at once, and busy mappings can't be changed", async () => {
  const { UUID, State } = await create({ FunctionName: name, EventSourceArn: await createQueue(), Enabled: false });
  expect(State).toBe("Disabled");
  await update({ UUID, Enabled: true });
  // Unless the poller was quicker, the mapping is on its way.
  const outcome = await update({ UUID, BatchSize: 1 }).then(
    ({ State: state }) => state,
    (error: Error) => error.name,
  );
  expect(outcome).toMatch(/^(ResourceInUseException|Updating)$/);
});

test("Mappings are listed by source and by function, page by page", async () => {
  const other = await deploy({ fixture: "version" });
  const sources = [await createQueue(), await createQueue(), await createQueue({ FifoQueue: "true" })];
  for (const EventSourceArn of sources) await create({ FunctionName: other, EventSourceArn });
  await create({ FunctionName: name, EventSourceArn: sources[0] });
  const bySource = await client.send(new ListEventSourceMappingsCommand({ EventSourceArn: sources[0] }));
  expect(bySource.EventSourceMappings?.map(({ FunctionArn }) => FunctionArn).toSorted()).toEqual([arnOf(name), arnOf(other)].toSorted());
  const found: (string | undefined)[] = [];
  for await (const page of paginateListEventSourceMappings({ client, pageSize: 2 }, { FunctionName: other }))
    found.push(...page.EventSourceMappings!.map(({ EventSourceArn }) => EventSourceArn));
  expect(new Set(found)).toEqual(new Set(sources));
  const none = await client.send(new ListEventSourceMappingsCommand({ FunctionName: "does-not-exist" }));
  expect(none.EventSourceMappings).toEqual([]);
});

test("A mapping stays when its function goes", async () => {
  const gone = await deploy({ fixture: "version" });
  const { UUID } = await create({ FunctionName: gone, EventSourceArn: await createQueue() });
  await client.send(new DeleteFunctionCommand({ FunctionName: gone }));
  expect(await reached(UUID!, "Enabled")).toMatchObject({ FunctionArn: arnOf(gone) });
});

test("A second mapping of the same queue and function is refused with the first one's UUID", async () => {
  const EventSourceArn = await createQueue();
  const { UUID } = await create({ FunctionName: name, EventSourceArn });
  await expect(create({ FunctionName: name, EventSourceArn })).rejects.toMatchObject({
    name: "ResourceConflictException",
    message: `An event source mapping with SQS arn (" ${EventSourceArn} ") and function (" ${name} ") already exists. Please update or delete the existing mapping with UUID ${UUID}`,
    $metadata: { httpStatusCode: 409 },
  });
});

describe("Creations are refused in AWS's words", () => {
  test("for a queue that does not exist", async () => {
    await expect(create({ FunctionName: name, EventSourceArn: arnOfQueue(uniqueName("none")) })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message:
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("for a queue that gives messages back before the function is done", async () => {
    const slow = await deploy({ fixture: "version", Timeout: 60 });
    await expect(create({ FunctionName: slow, EventSourceArn: await createQueue() })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    });
  });

  test.each<[string, Partial<CreateEventSourceMappingCommandInput>, string, string | RegExp]>([
    ["a function that does not exist", { FunctionName: "none" }, "InvalidParameterValueException", "Function does not exist"],
    ["no source", { EventSourceArn: undefined }, "InvalidParameterValueException", "Unrecognized event source."],
    [
      "what is no ARN",
      { EventSourceArn: "queue" },
      "ValidationException",
      /Value 'queue' at 'eventSourceArn' failed to satisfy constraint/,
    ],
    [
      "an unknown starting position",
      { StartingPosition: "NOW" as "LATEST" },
      "ValidationException",
      "1 validation error detected: Value 'NOW' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
    ],
    ["too small a concurrency", { ScalingConfig: { MaximumConcurrency: 1 } }, "ValidationException", /greater than or equal to 2/],
    [
      "a long filter",
      { FilterCriteria: { Filters: [{ Pattern: "x".repeat(4_097) }] } },
      "ValidationException",
      /less than or equal to 4096/,
    ],
    [
      "a bad filter",
      { FilterCriteria: { Filters: [{ Pattern: '{"eventName": ["INSERT"=123}]}' }] } },
      "InvalidParameterValueException",
      "Invalid filter pattern definition.",
    ],
    [
      "a big batch without a window",
      { BatchSize: 20 },
      "InvalidParameterValueException",
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    ],
    [
      "a destination",
      { DestinationConfig: { OnFailure: { Destination: arnOfQueue("d") } } },
      "InvalidParameterValueException",
      "Unsupported DestinationConfig parameter for given event source mapping type.",
    ],
    [
      "a broker",
      { EventSourceArn: `arn:aws:mq:${REGION}:${ACCOUNT}:broker:b:1`, Queues: ["q"] },
      "NotImplementedException",
      "Lambdock does not implement event source mappings for Amazon MQ: it polls Amazon SQS, Kinesis and DynamoDB Streams.",
    ],
  ])("for %s", async (_what, input, code, message) => {
    const creating = create({ FunctionName: name, EventSourceArn: arnOfQueue("q"), ...input });
    await expect(creating).rejects.toMatchObject({
      name: code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });
});

test("A creation whose body is no JSON is refused, and so is one without a function", async () => {
  const path = "/2015-03-31/event-source-mappings/";
  const broken = await rawRequest({ method: "POST", path, body: "{" });
  expect([broken.status, errorOf(broken).code]).toEqual([400, "SerializationException"]);
  const empty = await rawRequest({ method: "POST", path, body: "{}" });
  expect([empty.status, errorOf(empty).code]).toEqual([400, "ValidationException"]);
  expect(errorOf(empty).message).toContain("Value null at 'functionName' failed to satisfy constraint: Member must not be null");
});
