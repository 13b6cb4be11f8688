/** Events as AWS's services send them, to try a function with. The shapes are those of AWS's documentation. */

export interface SampleEvent {
  readonly name: string;
  readonly payload: unknown;
}

const at = "2026-01-01T12:00:00.000Z";
const account = "000000000000";
const region = "us-east-1";

/** One per source, the plain ones first. */
export const SAMPLE_EVENTS: readonly SampleEvent[] = [
  { name: "Empty", payload: {} },
  { name: "Hello", payload: { key1: "value1", key2: "value2", key3: "value3" } },
  {
    name: "SQS",
    payload: {
      Records: [
        {
          messageId: "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
          receiptHandle: "MessageReceiptHandle",
          body: "Hello from SQS!",
          attributes: {
            ApproximateReceiveCount: "1",
            SentTimestamp: "1767268800000",
            SenderId: account,
            ApproximateFirstReceiveTimestamp: "1767268800001",
          },
          messageAttributes: {},
          md5OfBody: "7b270e59b47ff90a553787216d55d91d",
          eventSource: "aws:sqs",
          eventSourceARN: `arn:aws:sqs:${region}:${account}:my-queue`,
          awsRegion: region,
        },
      ],
    },
  },
  {
    name: "Kinesis",
    payload: {
      Records: [
        {
          kinesis: {
            kinesisSchemaVersion: "1.0",
            partitionKey: "key",
            sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
            data: "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
            approximateArrivalTimestamp: 1767268800.0,
          },
          eventSource: "aws:kinesis",
          eventVersion: "1.0",
          eventID: "shardId-000000000000:49590338271490256608559692538361571095921575989136588898",
          eventName: "aws:kinesis:record",
          invokeIdentityArn: `arn:aws:iam::${account}:role/lambda-role`,
          awsRegion: region,
          eventSourceARN: `arn:aws:kinesis:${region}:${account}:stream/my-stream`,
        },
      ],
    },
  },
  {
    name: "DynamoDB",
    payload: {
      Records: [
        {
          eventID: "1",
          eventName: "INSERT",
          eventVersion: "1.1",
          eventSource: "aws:dynamodb",
          awsRegion: region,
          dynamodb: {
            Keys: { Id: { N: "101" } },
            NewImage: { Message: { S: "New item!" }, Id: { N: "101" } },
            SequenceNumber: "111",
            SizeBytes: 26,
            StreamViewType: "NEW_AND_OLD_IMAGES",
          },
          eventSourceARN: `arn:aws:dynamodb:${region}:${account}:table/my-table/stream/${at}`,
        },
      ],
    },
  },
  {
    name: "SNS",
    payload: {
      Records: [
        {
          EventSource: "aws:sns",
          EventVersion: "1.0",
          EventSubscriptionArn: `arn:aws:sns:${region}:${account}:my-topic:21be56ed-a058-49f5-8c98-aedd2564c486`,
          Sns: {
            Type: "Notification",
            MessageId: "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
            TopicArn: `arn:aws:sns:${region}:${account}:my-topic`,
            Subject: "Example",
            Message: "Hello from SNS!",
            Timestamp: at,
            SignatureVersion: "1",
            MessageAttributes: {},
          },
        },
      ],
    },
  },
  {
    name: "S3",
    payload: {
      Records: [
        {
          eventVersion: "2.1",
          eventSource: "aws:s3",
          awsRegion: region,
          eventTime: at,
          eventName: "ObjectCreated:Put",
          userIdentity: { principalId: "EXAMPLE" },
          requestParameters: { sourceIPAddress: "127.0.0.1" },
          responseElements: { "x-amz-request-id": "EXAMPLE123456789", "x-amz-id-2": "EXAMPLE123" },
          s3: {
            s3SchemaVersion: "1.0",
            configurationId: "testConfigRule",
            bucket: { name: "my-bucket", ownerIdentity: { principalId: "EXAMPLE" }, arn: "arn:aws:s3:::my-bucket" },
            object: { key: "folder/test.txt", size: 1024, eTag: "0123456789abcdef0123456789abcdef", sequencer: "0A1B2C3D4E5F678901" },
          },
        },
      ],
    },
  },
  {
    name: "EventBridge",
    payload: {
      version: "0",
      id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account,
      time: "2026-01-01T12:00:00Z",
      region,
      resources: [`arn:aws:events:${region}:${account}:rule/my-schedule`],
      detail: {},
    },
  },
  {
    name: "API Gateway (HTTP API)",
    payload: {
      version: "2.0",
      routeKey: "GET /hello",
      rawPath: "/hello",
      rawQueryString: "name=me",
      headers: { accept: "application/json", host: "id.execute-api.us-east-1.amazonaws.com" },
      queryStringParameters: { name: "me" },
      requestContext: {
        accountId: account,
        apiId: "id",
        domainName: "id.execute-api.us-east-1.amazonaws.com",
        http: { method: "GET", path: "/hello", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "agent" },
        requestId: "id",
        routeKey: "GET /hello",
        stage: "$default",
        time: "01/Jan/2026:12:00:00 +0000",
        timeEpoch: 1767268800000,
      },
      isBase64Encoded: false,
    },
  },
  {
    name: "API Gateway (REST API)",
    payload: {
      resource: "/{proxy+}",
      path: "/hello",
      httpMethod: "POST",
      headers: { "Content-Type": "application/json" },
      multiValueHeaders: { "Content-Type": ["application/json"] },
      queryStringParameters: { name: "me" },
      multiValueQueryStringParameters: { name: ["me"] },
      pathParameters: { proxy: "hello" },
      stageVariables: null,
      requestContext: {
        accountId: account,
        apiId: "id",
        httpMethod: "POST",
        path: "/prod/hello",
        stage: "prod",
        requestId: "id",
        identity: { sourceIp: "127.0.0.1" },
      },
      body: '{"hello":"world"}',
      isBase64Encoded: false,
    },
  },
  {
    name: "CloudWatch Logs",
    payload: {
      awslogs: {
        data: "H4sIAAAAAAACA01Qy2rDMBD8F9FjivWwZSk3Q9z00J7sWzBFtpUgkCwjyQ0h5N+7Sil02cvOzM4ye0dOx6guur+tGu3Roembr8+265pji3bIXxcdAMb/CmDrL8fgtxWYQl1jYZUbZ1W42+t5W6Zk/PIr6lLQyoGKYsoLTHKfXj6avu36QY3TrM8gjNsYp2DWvPdmbNIhov0JZbfnhIanWfutl5SZOzIzeDIiK0Yw55hLzqVgrBYCS0wrXEuBS0oIKRkVkpOqpCWVglJScQEXk4HUSTkIQGpeUw6LuXZ/3wD7d22tR4/h8QM7XhnfIwEAAA==",
      },
    },
  },
];
