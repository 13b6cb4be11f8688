import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { startSqs, type SqsFixture } from "./testing/sqs-fixture.ts";

const it = redisInstalled() ? test : test.skip;
let fixture: SqsFixture;

beforeAll(async () => {
  fixture = await startSqs();
});
afterAll(() => fixture?.stop());

const AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=111122223333/20261122/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=00";

interface Reply {
  readonly status: number;
  readonly xml: string;
  /** Texts of all elements of that name. */
  readonly all: (name: string) => string[];
}

async function reply(response: Response): Promise<Reply> {
  const xml = await response.text();
  return {
    status: response.status,
    xml,
    all: (name) => [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map(([, content]) => content!),
  };
}

async function post(path: string, parameters: Record<string, string>): Promise<Reply> {
  return await reply(
    await fetch(fixture.url + path, {
      method: "POST",
      headers: { authorization: AUTHORIZATION },
      body: new URLSearchParams({ Version: "2012-11-05", ...parameters }),
    }),
  );
}

async function get(path: string, parameters: Record<string, string>): Promise<Reply> {
  return await reply(
    await fetch(`${fixture.url}${path}?${new URLSearchParams(parameters)}`, { headers: { authorization: AUTHORIZATION } }),
  );
}

async function queue(name: string, attributes: Record<string, string> = {}): Promise<string> {
  const numbered = Object.entries(attributes).flatMap(([key, value], index) => [
    [`Attribute.${index + 1}.Name`, key],
    [`Attribute.${index + 1}.Value`, value],
  ]);
  const { all } = await post("/", {
    Action: "CreateQueue",
    QueueName: name,
    "Tag.1.Key": "team",
    "Tag.1.Value": "a&b",
    ...Object.fromEntries(numbered),
  });
  return new URL(all("QueueUrl")[0]!).pathname;
}

it("a message goes round in forms and XML", async () => {
  const path = await queue("round", { VisibilityTimeout: "7" });
  expect(path).toBe("/111122223333/round");
  const body = "<a> & \"b\" 'c'\r\n é 😀";
  const sent = await post(path, {
    Action: "SendMessage",
    MessageBody: body,
    "MessageAttribute.1.Name": "k",
    "MessageAttribute.1.Value.DataType": "String",
    "MessageAttribute.1.Value.StringValue": "v",
  });
  expect(sent.xml).toMatch(
    /^<\?xml version="1.0"\?><SendMessageResponse xmlns="http:\/\/queue.amazonaws.com\/doc\/2012-11-05\/"><SendMessageResult>/,
  );
  expect(sent.all("RequestId")[0]).toMatch(/^[0-9a-f-]{36}$/);
  const received = await post(path, {
    Action: "ReceiveMessage",
    "AttributeName.1": "All",
    "MessageAttributeName.1": "All",
    MaxNumberOfMessages: "10",
  });
  expect(received.all("MessageId")).toEqual(sent.all("MessageId"));
  expect(received.all("MD5OfBody")).toEqual(sent.all("MD5OfMessageBody"));
  expect(received.all("MD5OfMessageAttributes")).toEqual(sent.all("MD5OfMessageAttributes"));
  expect(received.all("Body")).toEqual(["&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos;&#xD;\n é 😀"]);
  expect(received.xml).toContain("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
  expect(received.xml).toContain(
    "<MessageAttribute><Name>k</Name><Value><DataType>String</DataType><StringValue>v</StringValue></Value></MessageAttribute>",
  );
  const deleted = await get(path, { Action: "DeleteMessage", ReceiptHandle: received.all("ReceiptHandle")[0]! });
  expect(deleted.xml).toMatch(
    /^<\?xml version="1.0"\?><DeleteMessageResponse xmlns="[^"]*"><ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata><\/DeleteMessageResponse>$/,
  );
  const { xml } = await get(path, { Action: "GetQueueAttributes", "AttributeName.1": "All" });
  expect(xml).toContain("<Attribute><Name>ApproximateNumberOfMessagesNotVisible</Name><Value>0</Value></Attribute>");
  expect(xml).toContain("<Attribute><Name>VisibilityTimeout</Name><Value>7</Value></Attribute>");
  expect((await get(path, { Action: "ListQueueTags" })).xml).toContain("<Tag><Key>team</Key><Value>a&amp;b</Value></Tag>");
});

it("batches have entries of their own names", async () => {
  const path = await queue("batches");
  const sent = await post("/", {
    Action: "SendMessageBatch",
    QueueUrl: fixture.url + path,
    "SendMessageBatchRequestEntry.1.Id": "a",
    "SendMessageBatchRequestEntry.1.MessageBody": "one",
    "SendMessageBatchRequestEntry.2.Id": "b",
    "SendMessageBatchRequestEntry.2.MessageBody": "two",
    "SendMessageBatchRequestEntry.2.DelaySeconds": "901",
  });
  expect(sent.all("SendMessageBatchResultEntry")).toEqual([expect.stringContaining("<Id>a</Id>")]);
  expect(sent.all("BatchResultErrorEntry")).toEqual([
    expect.stringContaining("<Id>b</Id><SenderFault>true</SenderFault><Code>InvalidParameterValue</Code>"),
  ]);
  const { all } = await post(path, { Action: "ReceiveMessage" });
  const handle = all("ReceiptHandle")[0]!;
  const changed = await post(path, {
    Action: "ChangeMessageVisibilityBatch",
    "ChangeMessageVisibilityBatchRequestEntry.1.Id": "c",
    "ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle": handle,
    "ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout": "9",
  });
  expect(changed.all("ChangeMessageVisibilityBatchResultEntry")).toEqual(["<Id>c</Id>"]);
  const deleted = await post(path, {
    Action: "DeleteMessageBatch",
    "DeleteMessageBatchRequestEntry.1.Id": "d",
    "DeleteMessageBatchRequestEntry.1.ReceiptHandle": handle,
  });
  expect(deleted.all("DeleteMessageBatchResultEntry")).toEqual(["<Id>d</Id>"]);
});

it("errors carry the older codes and words", async () => {
  const error = (code: string, message: string): RegExp =>
    new RegExp(
      `^<\\?xml version="1.0"\\?><ErrorResponse xmlns="[^"]*"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message><Detail/></Error><RequestId>[0-9a-f-]{36}</RequestId></ErrorResponse>$`,
    );
  const missing = await get("/111122223333/none", { Action: "ReceiveMessage" });
  expect([missing.status, missing.xml]).toEqual([
    400,
    expect.stringMatching(error("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist for this wsdl version.")),
  ]);
  const path = await queue("errors");
  expect((await post(path, { Action: "SendMessage" })).xml).toMatch(
    error("MissingParameter", "The request must contain the parameter MessageBody."),
  );
  expect((await get(path, { Action: "Fly" })).xml).toMatch(error("InvalidAction", "The action Fly is not valid for this endpoint."));
  expect((await get(path, { Action: "ListQueues" })).xml).toMatch(
    error("InvalidAction", "The action ListQueues is not valid for this endpoint."),
  );
  const handle = await get(path, { Action: "DeleteMessage", ReceiptHandle: "garbage" });
  expect([handle.status, handle.all("Code")]).toEqual([404, ["ReceiptHandleIsInvalid"]]);
  expect((await post(path, { Action: "ReceiveMessage", MaxNumberOfMessages: "ten" })).all("Code")).toEqual(["MalformedInput"]);
  const nothing = await get(path, {});
  expect([nothing.status, nothing.xml]).toEqual([404, "<UnknownOperationException/>"]);
});

it("a queue's address serves for another queue that the parameters name, and for GetQueueUrl", async () => {
  const one = await queue("address-one");
  const two = await queue("address-two");
  const { xml } = await get(one, { Action: "GetQueueAttributes", QueueUrl: fixture.url + two, "AttributeName.1": "QueueArn" });
  expect(xml).toContain("<Attribute><Name>QueueArn</Name><Value>arn:aws:sqs:eu-west-1:111122223333:address-two</Value></Attribute>");
  expect((await get(one, { Action: "GetQueueUrl", QueueName: "address-two" })).all("QueueUrl")).toEqual([fixture.url + two]);
});

it("queues are listed, permitted and asked for dead letters in forms too", async () => {
  const path = await queue("listed-1");
  await queue("listed-2", {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: "arn:aws:sqs:eu-west-1:111122223333:listed-1", maxReceiveCount: 1 }),
  });
  expect((await post("/", { Action: "ListQueues", QueueNamePrefix: "listed-" })).all("QueueUrl")).toEqual([
    `${fixture.url}/111122223333/listed-1`,
    `${fixture.url}/111122223333/listed-2`,
  ]);
  expect((await get(path, { Action: "ListDeadLetterSourceQueues" })).all("QueueUrl")).toEqual([`${fixture.url}/111122223333/listed-2`]);
  expect(
    (await post(path, { Action: "AddPermission", Label: "l", "AWSAccountId.1": "222222222222", "ActionName.1": "SendMessage" })).status,
  ).toBe(200);
  expect(
    (await post(path, { Action: "StartMessageMoveTask", SourceArn: "arn:aws:sqs:eu-west-1:111122223333:listed-1" })).all("TaskHandle"),
  ).toHaveLength(1);
  expect(
    (await post(path, { Action: "ListMessageMoveTasks", SourceArn: "arn:aws:sqs:eu-west-1:111122223333:listed-1" })).all(
      "ListMessageMoveTasksResultEntry",
    ),
  ).toHaveLength(1);
});

it("lists of one may come without a number, as in AWS's own samples", async () => {
  const path = await queue("unnumbered");
  expect((await post(path, { Action: "SetQueueAttributes", "Attribute.Name": "VisibilityTimeout", "Attribute.Value": "35" })).status).toBe(
    200,
  );
  expect((await post(path, { Action: "GetQueueAttributes", AttributeName: "VisibilityTimeout" })).all("Value")).toEqual(["35"]);
  await post(path, { Action: "SendMessage", MessageBody: "m" });
  expect((await post(path, { Action: "ReceiveMessage", AttributeName: "All" })).all("Name")).toContain("SenderId");
});

it("a parameter of countless parts is nobody's", async () => {
  const answer = await post("/", { Action: "ListQueues", [Array(100_000).fill("a").join(".")]: "1" });
  expect(answer.status).toBe(200);
});

it("a binary attribute is told in padded base64, and refused when it is none", async () => {
  const path = await queue("binary");
  const binary = (value: string): Record<string, string> => ({
    Action: "SendMessage",
    MessageBody: "m",
    "MessageAttribute.1.Name": "b",
    "MessageAttribute.1.Value.DataType": "Binary",
    "MessageAttribute.1.Value.BinaryValue": value,
  });
  for (const none of ["!!!", "A"]) {
    const refused = await post(path, binary(none));
    expect([refused.status, refused.all("Code")]).toEqual([400, ["MalformedInput"]]);
  }
  await post(path, binary("AP8"));
  const received = await post(path, { Action: "ReceiveMessage", "MessageAttributeName.1": "All" });
  expect(received.all("BinaryValue")).toEqual(["AP8="]);
});
