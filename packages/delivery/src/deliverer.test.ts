import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { readConfig } from "@lambdock/kernel/config";
import { createDeliverer, type Deliverer } from "./deliverer.ts";
import { clientSettings } from "./endpoints.ts";
import { DeliveryFailed } from "./delivery-failed.ts";
import { deliveryEndpoints, deliverySettings } from "./config.ts";
import { startRecording, type RecordingServer } from "./testing/recording-server.ts";

const TOPIC = "arn:aws:sns:eu-central-1:444455556666:failures";
const BUCKET = "arn:aws:s3:::failures";
const PLACE = { region: "us-east-1", accountId: "111122223333" };
const TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";

/** As the services read them. */
const endpointsWith = (env: Readonly<Record<string, string>>, own: string): ReturnType<typeof deliveryEndpoints> =>
  deliveryEndpoints(readConfig(deliverySettings, env), own);

describe("deliveries", () => {
  let own: RecordingServer;
  let elsewhere: RecordingServer;
  let deliverer: Deliverer;
  beforeAll(async () => {
    own = await startRecording();
    elsewhere = await startRecording();
  });
  beforeEach(() => {
    const sns = { headers: { "content-type": "text/xml" }, body: "<PublishResponse><PublishResult/></PublishResponse>" };
    for (const server of [own, elsewhere]) {
      server.requests.length = 0;
      server.answer(({ method }) => (method === "POST" ? sns : {}));
    }
    deliverer = createDeliverer({
      endpoints: endpointsWith({ LAMBDOCK_SNS_ENDPOINT: elsewhere.url, LAMBDOCK_TARGET_CREDENTIALS: "AKIAREAL:sec/ret+:tok=en" }, own.url),
    });
  });
  afterEach(() => deliverer.close());
  afterAll(async () => {
    await own.close();
    await elsewhere.close();
  });

  test("are signed with the given credentials where an endpoint was set, in the target's region", async () => {
    await deliverer.publish({ arn: TOPIC, body: "{}" });
    const { headers } = elsewhere.requests[0]!;
    expect(headers.authorization).toMatch(/Credential=AKIAREAL\/\d{8}\/eu-central-1\/sns\//);
    expect(headers["x-amz-security-token"]).toBe("tok=en");
  });

  test("never show these credentials to Lambdock's own endpoint", async () => {
    await deliverer.putObject({ bucketArn: BUCKET, key: "k", body: "{}", place: PLACE });
    const { headers, path, body } = own.requests[0]!;
    expect([path.replace(/\?.*/, ""), body]).toEqual(["/failures/k", "{}"]);
    expect(headers.authorization).toMatch(/Credential=111122223333\/\d{8}\/us-east-1\/s3\//);
    expect(headers["x-amz-security-token"]).toBeUndefined();
  });

  test("carry the trace header, signed with the rest", async () => {
    await deliverer.publish({ arn: TOPIC, body: "{}", traceHeader: TRACE });
    const { headers } = elsewhere.requests[0]!;
    expect(headers["x-amzn-trace-id"]).toBe(TRACE);
    await deliverer.publish({ arn: TOPIC, body: "{}", traceHeader: "" });
    expect(elsewhere.requests[1]!.headers).not.toHaveProperty("x-amzn-trace-id");
  });

  test.each([
    ["sendToQueue", TOPIC, "queue"],
    ["publish", BUCKET, "topic"],
  ] as const)("to %s of %s fail for good", async (operation, arn, kind) => {
    await expect(deliverer[operation]({ arn, body: "{}" })).rejects.toEqual(
      new DeliveryFailed(`${arn} can't be delivered to: it is no ${kind}.`, true),
    );
    expect(own.requests.length + elsewhere.requests.length).toBe(0);
  });
});

test("an address may name the target's region by a placeholder", () => {
  const address = endpointsWith({ LAMBDOCK_SQS_ENDPOINT: "https://sqs.{region}.amazonaws.com/" }, "http://own").sqs!;
  expect(clientSettings({ region: "ap-southeast-2", accountId: "1" }, { endpoint: address }).endpoint).toBe(
    "https://sqs.ap-southeast-2.amazonaws.com",
  );
});

test.each([
  ["LAMBDOCK_TARGET_CREDENTIALS", "AKIAREAL", "AKID:SECRET or AKID:SECRET:SESSION-TOKEN"],
  ["LAMBDOCK_SNS_ENDPOINT", "localhost:4566", "an address such as http://127.0.0.1:4566 or https://sqs.{region}.amazonaws.com"],
])("%s=%s is refused with what was expected", (variable, value, expected) => {
  expect(() => readConfig(deliverySettings, { [variable]: value })).toThrow(`${variable}="${value}": expected ${expected}`);
});
