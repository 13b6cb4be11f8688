/** CloudWatch in its other protocols: JSON as the AWS CLI speaks it, and the Query protocol of older clients. */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { end, start } from "@lambdock/metrics/testing/events";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { ACCOUNT, startCloudWatch, type CloudWatchFixture } from "./testing/cloudwatch-fixture.ts";

const run = promisify(execFile);
/** The start of a minute, ten minutes ago. */
const AT = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
const iso = (index: number): string => new Date(AT + index * 60_000).toISOString().replace(".000Z", "Z");
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20261122/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=x`;

(redisInstalled() ? describe : describe.skip)("CloudWatch in other protocols", () => {
  let fixture: CloudWatchFixture;
  beforeAll(async () => {
    fixture = await startCloudWatch();
    await fixture.tell([
      start({ at: AT }),
      end({ at: AT + 250, durationMs: 250 }),
      start({ at: AT + 300, requestId: "r2" }),
      end({ at: AT + 350, requestId: "r2", durationMs: 50 }),
    ]);
  });
  afterAll(async () => fixture.stop());

  const query = async (
    parameters: Readonly<Record<string, string>>,
    method = "POST",
  ): Promise<{ readonly status: number; readonly text: string }> => {
    const form = new URLSearchParams({ Version: "2010-08-01", ...parameters }).toString();
    const url = method === "POST" ? fixture.url : `${fixture.url}/?${form}`;
    const headers = { authorization: AUTHORIZATION, "content-type": "application/x-www-form-urlencoded" };
    const response = await fetch(url, { method, headers, ...(method === "POST" ? { body: form } : {}) });
    expect(response.headers.get("content-type")).toBe("text/xml");
    return { status: response.status, text: await response.text() };
  };
  const json = async (operation: string, body: string): Promise<Response> =>
    fetch(fixture.url, {
      method: "POST",
      headers: { "x-amz-target": `GraniteServiceVersion20100801.${operation}`, authorization: AUTHORIZATION },
      body,
    });

  test("the Query protocol takes lists by number and answers XML", async () => {
    const { status, text } = await query({
      Action: "GetMetricData",
      StartTime: iso(0),
      EndTime: iso(5),
      "MetricDataQueries.member.1.Id": "m1",
      "MetricDataQueries.member.1.MetricStat.Metric.Namespace": "AWS/Lambda",
      "MetricDataQueries.member.1.MetricStat.Metric.MetricName": "Invocations",
      "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name": "FunctionName",
      "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value": "hello",
      "MetricDataQueries.member.1.MetricStat.Period": "60",
      "MetricDataQueries.member.1.MetricStat.Stat": "Sum",
      "MetricDataQueries.member.1.ReturnData": "true",
    });
    expect(status).toBe(200);
    expect(text).toMatch(/^<GetMetricDataResponse xmlns="http:\/\/monitoring.amazonaws.com\/doc\/2010-08-01\/"><GetMetricDataResult>/);
    expect(text).toContain(
      `<MetricDataResults><member><Id>m1</Id><Label>Invocations</Label><Timestamps><member>${iso(0)}</member></Timestamps><Values><member>2</member></Values><StatusCode>Complete</StatusCode></member></MetricDataResults>`,
    );
    expect(text).toMatch(/<ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata><\/GetMetricDataResponse>$/);
  });

  test("statistics come as elements, extended ones as a map", async () => {
    const { text } = await query(
      {
        Action: "GetMetricStatistics",
        Namespace: "AWS/Lambda",
        MetricName: "Duration",
        StartTime: iso(0),
        EndTime: iso(1),
        Period: "60",
        "Statistics.member.1": "Maximum",
        "ExtendedStatistics.member.1": "p100",
      },
      "GET",
    );
    expect(text).toContain(
      `<Label>Duration</Label><Datapoints><member><Timestamp>${iso(0)}</Timestamp><Maximum>250</Maximum><Unit>Milliseconds</Unit><ExtendedStatistics><entry><key>p100</key><value>250</value></entry></ExtendedStatistics></member></Datapoints>`,
    );
  });

  test("errors of the Query protocol have its own codes", async () => {
    const none = await query({ Action: "GetMetricStatistics", Namespace: "AWS/Lambda" });
    expect([none.status, none.text]).toEqual([
      400,
      expect.stringContaining(
        "<Error><Type>Sender</Type><Code>MissingParameter</Code><Message>The parameter MetricName is required.</Message></Error>",
      ),
    ]);
    expect(await query({ Action: "Nothing" })).toMatchObject({ status: 400, text: expect.stringContaining("<Code>InvalidAction</Code>") });
    expect(await query({})).toMatchObject({ status: 400, text: expect.stringContaining("<Code>MissingParameter</Code>") });
    expect(await query({ Action: "PutMetricAlarm" })).toMatchObject({
      status: 501,
      text: expect.stringContaining("Lambdock does not implement CloudWatch's PutMetricAlarm yet."),
    });
  });

  test("JSON counts seconds, and its errors name both shape and code", async () => {
    const body = {
      Namespace: "AWS/Lambda",
      MetricName: "Invocations",
      StartTime: AT / 1_000,
      EndTime: AT / 1_000 + 60,
      Period: 60,
      Statistics: ["Sum"],
    };
    const answer = await json("GetMetricStatistics", JSON.stringify(body));
    expect(answer.headers.get("content-type")).toBe("application/x-amz-json-1.0");
    expect(await answer.json()).toEqual({ Label: "Invocations", Datapoints: [{ Timestamp: AT / 1_000, Sum: 2, Unit: "Count" }] });
    const refused = await json("GetMetricStatistics", "{}");
    expect([refused.status, refused.headers.get("x-amzn-query-error")]).toEqual([400, "MissingParameter;Sender"]);
    expect(await refused.json()).toEqual({
      __type: "com.amazonaws.cloudwatch.v2010_08_01#MissingRequiredParameterException",
      message: "The parameter Namespace is required.",
    });
    for (const malformed of ["{", "[]", '"x"', '{"Namespace":1}', '{"Dimensions":{}}']) {
      const { status } = await json("ListMetrics", malformed);
      expect([malformed, status]).toEqual([malformed, 400]);
    }
  });

  test("CBOR that is none is refused, signed or not", async () => {
    const url = `${fixture.url}/service/GraniteServiceVersion20100801/operation/ListMetrics`;
    const post = async (body: Buffer): Promise<Response> =>
      fetch(url, { method: "POST", headers: { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" }, body });
    for (const bytes of ["ff", "80", "bf61", "1b"]) {
      const { status, headers } = await post(Buffer.from(bytes, "hex"));
      expect([bytes, status, headers.get("x-amzn-query-error")]).toEqual([bytes, 400, "MalformedInput;Sender"]);
    }
    expect((await post(Buffer.from("a0", "hex"))).status).toBe(200);
  });

  test("where signatures are required, a wrong one is refused and a right one is not", async () => {
    const strict = await startCloudWatch({ requireSignature: true, credentials: new Map([["AKID", "right"]]) });
    const list = async (secretAccessKey: string): Promise<unknown> => {
      const client = new CloudWatchClient({
        endpoint: strict.url,
        region: "us-east-1",
        credentials: { accessKeyId: "AKID", secretAccessKey },
        maxAttempts: 1,
      });
      return client.send(new ListMetricsCommand()).finally(() => client.destroy());
    };
    await expect(list("wrong")).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    expect(await list("right")).toMatchObject({ Metrics: [] });
    await strict.stop();
  });

  const cli = spawnSync("aws", ["--version"]).status === 0 ? test : test.skip;
  cli("the aws command line is at home", async () => {
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: ACCOUNT,
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_MAX_ATTEMPTS: "1",
    };
    const aws = async (...args: string[]): Promise<unknown> => {
      const { stdout } = await run("aws", ["cloudwatch", ...args, "--endpoint-url", fixture.url, "--output", "json"], { env });
      return JSON.parse(stdout);
    };
    const metric = ["--namespace", "AWS/Lambda", "--metric-name", "Invocations"];
    expect(await aws("list-metrics", ...metric, "--dimensions", "Name=Resource")).toEqual({
      Metrics: [
        {
          Namespace: "AWS/Lambda",
          MetricName: "Invocations",
          Dimensions: [
            { Name: "FunctionName", Value: "hello" },
            { Name: "Resource", Value: "hello" },
          ],
        },
      ],
    });
    const time = ["--start-time", iso(0), "--end-time", iso(1)];
    const statistics = ["--period", "60", "--statistics", "Sum", "--extended-statistics", "p50"];
    expect(await aws("get-metric-statistics", ...metric, ...time, ...statistics)).toEqual({
      Label: "Invocations",
      // Version 1 prints the seconds of JSON, version 2 a date.
      Datapoints: [{ Timestamp: expect.anything(), Sum: 2, Unit: "Count", ExtendedStatistics: { p50: 1 } }],
    });
    const queries = [{ Id: "m1", MetricStat: { Metric: { Namespace: "AWS/Lambda", MetricName: "Errors" }, Period: 60, Stat: "Average" } }];
    expect(await aws("get-metric-data", ...time, "--metric-data-queries", JSON.stringify(queries))).toMatchObject({
      MetricDataResults: [{ Id: "m1", Label: "Errors", Values: [0], StatusCode: "Complete" }],
    });
    await expect(aws("get-metric-statistics", ...metric, ...time, "--period", "45", "--statistics", "Sum")).rejects.toThrow(
      /\(InvalidParameterValue\) when calling the GetMetricStatistics operation: The parameter Period must be/,
    );
  });
});
