/** CloudWatch as the SDK asks for it, in CBOR, over a real Redis. */
import {
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  paginateGetMetricData,
  paginateListMetrics,
  PutMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ARN, end, mapping, start, throttle } from "@lambdock/metrics/testing/events";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { ACCOUNT, startCloudWatch, type CloudWatchFixture } from "./testing/cloudwatch-fixture.ts";

/** The start of a minute, ten minutes ago. */
const AT = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
const minute = (index: number): Date => new Date(AT + index * 60_000);
const DIMENSIONS = [{ Name: "FunctionName", Value: "hello" }];

(redisInstalled() ? describe : describe.skip)("CloudWatch for the SDK", () => {
  let fixture: CloudWatchFixture;
  beforeAll(async () => {
    fixture = await startCloudWatch();
    // Three minutes of four invocations each, of 100, 200, 300 and 400 ms; the last of each fails.
    const runs = [0, 1, 2].flatMap((index) =>
      [100, 200, 300, 400].flatMap((durationMs, nth) => {
        const at = minute(index).getTime() + nth * 1_000;
        const facts = { environmentId: "e1", requestId: `r${index}-${nth}`, qualifier: "prod", version: "3" };
        return [start({ at, ...facts }), end({ at: at + durationMs, ...facts, durationMs, status: nth === 3 ? "error" : "success" })];
      }),
    );
    const others = [
      throttle({ at: AT, functionArn: `${ARN}-2` }),
      mapping({ at: AT, iteratorAgeMs: 5_000, records: 3, functionArn: `${ARN}-2` }),
    ];
    await fixture.tell([...runs, ...others]);
  });
  afterAll(async () => fixture.stop());

  const stat = (Id: string, MetricName: string, Stat = "Sum", more: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
    Id,
    MetricStat: { Metric: { Namespace: "AWS/Lambda", MetricName, Dimensions: DIMENSIONS }, Period: 60, Stat },
    ...more,
  });
  const dataOf = (MetricDataQueries: MetricDataQuery[], more: Partial<GetMetricDataCommandInput> = {}) =>
    fixture.client.send(new GetMetricDataCommand({ MetricDataQueries, StartTime: minute(0), EndTime: minute(5), ...more }));

  test("GetMetricData answers values, the newest first unless asked otherwise", async () => {
    const { MetricDataResults } = await dataOf([stat("invocations", "Invocations"), stat("p50", "Duration", "p50")]);
    expect(MetricDataResults).toEqual([
      {
        Id: "invocations",
        Label: "Invocations Sum",
        Timestamps: [minute(2), minute(1), minute(0)],
        Values: [4, 4, 4],
        StatusCode: "Complete",
      },
      expect.objectContaining({ Id: "p50", Label: "Duration p50", StatusCode: "Complete" }),
    ]);
    for (const value of MetricDataResults![1]!.Values!) expect(Math.abs(value - 200)).toBeLessThanOrEqual(2);
    const ascending = await dataOf([stat("errors", "Errors")], { ScanBy: "TimestampAscending" });
    expect(ascending.MetricDataResults).toEqual([
      { Id: "errors", Label: "Errors", Timestamps: [minute(0), minute(1), minute(2)], Values: [1, 1, 1], StatusCode: "Complete" },
    ]);
  });

  test("longer periods are counted from the start, and the end is exclusive", async () => {
    const query = (Period: number): MetricDataQuery => ({ Id: "m", MetricStat: { ...stat("m", "Invocations").MetricStat!, Period } });
    const two = await dataOf([query(120)], { StartTime: minute(-1), EndTime: minute(2), ScanBy: "TimestampAscending" });
    expect(two.MetricDataResults![0]).toMatchObject({ Timestamps: [minute(-1), minute(1)], Values: [4, 4] });
    const hour = await dataOf([query(3_600)], { StartTime: new Date(AT + 59_999) });
    expect(hour.MetricDataResults![0]).toMatchObject({ Timestamps: [minute(0)], Values: [12] });
    const seconds = await dataOf([query(10)], { EndTime: minute(1) });
    expect(seconds.MetricDataResults![0]).toMatchObject({ Timestamps: [minute(0)], Values: [4] });
  });

  test("below a minute the start is rounded to the period, and of more than three hours ago there is nothing", async () => {
    const timesOf = async (StartTime: Date, Period: number): Promise<unknown> => {
      const MetricStat = { ...stat("m", "Invocations").MetricStat!, Period };
      return (await dataOf([{ Id: "m", MetricStat }], { StartTime, ScanBy: "TimestampAscending" })).MetricDataResults![0]!.Timestamps;
    };
    expect(await timesOf(new Date(AT + 9_999), 10)).toEqual([minute(0), minute(1), minute(2)]);
    expect(await timesOf(new Date(AT + 10_000), 10)).toEqual([minute(1), minute(2)]);
    expect(await timesOf(new Date(AT + 10_000), 60)).toEqual([minute(0), minute(1), minute(2)]);
    expect(await timesOf(new Date(Date.now() - 3 * 3_600_000 - 1_000), 30)).toEqual([]);
    expect(await timesOf(new Date(Date.now() - 3 * 3_600_000 - 1_000), 60)).toEqual([minute(0), minute(1), minute(2)]);
  });

  test("dimensions are a whole: function, resource, executed version, account", async () => {
    const value = async (...pairs: (readonly [string, string])[]): Promise<number | undefined> => {
      const Dimensions = pairs.map(([Name, Value]) => ({ Name, Value }));
      const MetricStat = { Metric: { Namespace: "AWS/Lambda", MetricName: "Invocations", Dimensions }, Period: 3_600, Stat: "SampleCount" };
      return (await dataOf([{ Id: "m", MetricStat }])).MetricDataResults![0]!.Values![0];
    };
    expect(await value()).toBe(12);
    expect(await value(["FunctionName", "hello"])).toBe(12);
    expect(await value(["Resource", "hello:prod"], ["FunctionName", "hello"])).toBe(12);
    expect(await value(["FunctionName", "hello"], ["Resource", "hello:prod"], ["ExecutedVersion", "3"])).toBe(12);
    expect(await value(["FunctionName", "hello"], ["Resource", "hello"])).toBeUndefined();
    expect(await value(["Resource", "hello:prod"])).toBeUndefined();
    expect(await value(["FunctionName", "nobody"])).toBeUndefined();
  });

  test("labels are told, filled in, or made of what differs", async () => {
    const labels = async (...queries: MetricDataQuery[]): Promise<unknown> =>
      (await dataOf(queries)).MetricDataResults!.map(({ Label }) => Label);
    expect(await labels(stat("a", "Errors"), stat("b", "Throttles"))).toEqual(["Errors", "Throttles"]);
    expect(await labels(stat("a", "Errors", "Sum", { Label: "mine" }))).toEqual(["mine"]);
    const Label = "${PROP('Dim.FunctionName')} ${PROP('MetricName')} ${LAST}/${MAX} of ${SUM} ${NOBODY}";
    expect(await labels(stat("a", "Invocations", "Sum", { Label }))).toEqual(["hello Invocations 4/4 of 12 ${NOBODY}"]);
  });

  test("queries that return no data are not answered, and a unit that the metric has not has none", async () => {
    const hidden = await dataOf([stat("a", "Errors", "Sum", { ReturnData: false }), stat("b", "Invocations")]);
    expect(hidden.MetricDataResults!.map(({ Id }) => Id)).toEqual(["b"]);
    const query = stat("a", "Invocations");
    const inBytes = await dataOf([{ Id: "a", MetricStat: { ...query.MetricStat!, Unit: "Bytes" } }]);
    expect(inBytes.MetricDataResults![0]!.Values).toEqual([]);
  });

  test("expressions of arithmetic are worked out, from metrics that need not be answered", async () => {
    const rate: MetricDataQuery = { Id: "rate", Expression: "100 * errors / runs" };
    const half: MetricDataQuery = { Id: "half", Expression: "rate / 2", Label: "half of ${LAST}" };
    const hidden = [stat("errors", "Errors", "Sum", { ReturnData: false }), stat("runs", "Invocations", "Sum", { ReturnData: false })];
    const { MetricDataResults } = await dataOf([half, ...hidden, rate]);
    expect(MetricDataResults!.map(({ Id, Label, Values }) => [Id, Label, Values])).toEqual([
      ["half", "half of 12.5", [12.5, 12.5, 12.5]],
      ["rate", "rate", [25, 25, 25]],
    ]);
  });

  test("pages hold so many points, none twice and none left out", async () => {
    const input = {
      StartTime: minute(0),
      EndTime: minute(5),
      MaxDatapoints: 2,
      MetricDataQueries: [stat("a", "Invocations"), stat("b", "Errors")],
    };
    const pages = [];
    for await (const page of paginateGetMetricData({ client: fixture.client }, input))
      pages.push(page.MetricDataResults!.map(({ Id, Values, StatusCode }) => [Id, Values!.length, StatusCode]));
    expect(pages).toEqual([
      [["a", 2, "PartialData"]],
      [
        ["a", 1, "Complete"],
        ["b", 1, "PartialData"],
      ],
      [["b", 2, "Complete"]],
    ]);
    await expect(dataOf([stat("a", "Errors")], { NextToken: "bm9uZQ" })).rejects.toMatchObject({ name: "InvalidNextToken" });
  });

  test("GetMetricStatistics answers what was asked for", async () => {
    const command = new GetMetricStatisticsCommand({
      Namespace: "AWS/Lambda",
      MetricName: "Duration",
      Dimensions: DIMENSIONS,
      StartTime: minute(0),
      EndTime: minute(1),
      Period: 60,
      Statistics: ["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
      ExtendedStatistics: ["p99.9", "tm50"],
    });
    const { Label, Datapoints } = await fixture.client.send(command);
    expect(Label).toBe("Duration");
    expect(Datapoints).toEqual([
      expect.objectContaining({
        Timestamp: minute(0),
        SampleCount: 4,
        Average: 250,
        Sum: 1_000,
        Minimum: 100,
        Maximum: 400,
        Unit: "Milliseconds",
      }),
    ]);
    expect(Math.abs(Datapoints![0]!.ExtendedStatistics!["p99.9"]! - 400)).toBeLessThanOrEqual(4);
    expect(Math.abs(Datapoints![0]!.ExtendedStatistics!["tm50"]! - 150)).toBeLessThanOrEqual(2);
  });

  test("ListMetrics tells what there is, by name, dimension and activity", async () => {
    const list = async (input: ConstructorParameters<typeof ListMetricsCommand>[0] = {}): Promise<string[]> => {
      const { Metrics } = await fixture.client.send(new ListMetricsCommand(input));
      return Metrics!.map(({ MetricName, Dimensions }) =>
        [MetricName, ...Dimensions!.map(({ Name, Value }) => `${Name}=${Value}`)].join(" "),
      );
    };
    expect(await list({ Namespace: "AWS/Lambda", MetricName: "Errors" })).toEqual([
      "Errors",
      "Errors FunctionName=hello",
      "Errors FunctionName=hello Resource=hello:prod",
      "Errors FunctionName=hello Resource=hello:prod ExecutedVersion=3",
    ]);
    expect(await list({ Dimensions: [{ Name: "EventSourceMappingUUID" }], RecentlyActive: "PT3H" })).toEqual([
      "InvokedEventCount EventSourceMappingUUID=u1",
      "IteratorAge EventSourceMappingUUID=u1",
    ]);
    expect(await list({ Dimensions: [{ Name: "FunctionName", Value: "hello-2" }], MetricName: "IteratorAge" })).toEqual([
      "IteratorAge FunctionName=hello-2",
      "IteratorAge FunctionName=hello-2 Resource=hello-2",
    ]);
    expect(await list({ Namespace: "AWS/SQS" })).toEqual([]);
    const { OwningAccounts } = await fixture.client.send(new ListMetricsCommand({ MetricName: "Errors", IncludeLinkedAccounts: true }));
    expect(OwningAccounts).toEqual([ACCOUNT, ACCOUNT, ACCOUNT, ACCOUNT]);
  });

  test("ListMetrics has five hundred on a page", async () => {
    await fixture.tell(Array.from({ length: 300 }, (_, index) => throttle({ at: AT, functionArn: `${ARN}-many-${index}` })));
    const sizes = [];
    const seen = new Set<string>();
    for await (const { Metrics } of paginateListMetrics({ client: fixture.client }, { MetricName: "Throttles" })) {
      sizes.push(Metrics!.length);
      for (const metric of Metrics!) seen.add(JSON.stringify(metric));
    }
    // Each function by name and by resource; the account; hello with its alias and version; hello-2.
    expect(sizes).toEqual([500, 600 + 1 + 3 + 2 - 500]);
    expect(seen.size).toBe(606);
  });

  describe("refuses", () => {
    const statistics = (more: object) =>
      fixture.client.send(
        new GetMetricStatisticsCommand({
          Namespace: "AWS/Lambda",
          MetricName: "Errors",
          StartTime: minute(0),
          EndTime: minute(1),
          Period: 60,
          Statistics: ["Sum"],
          ...more,
        }),
      );

    test.each([
      [
        { StartTime: minute(1) },
        "InvalidParameterCombinationException",
        "The parameter StartTime must be less than the parameter EndTime.",
      ],
      [
        { StartTime: new Date(AT - 1_440 * 60_000) },
        "InvalidParameterCombinationException",
        "You have requested up to 1441 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
      ],
      [
        { Statistics: undefined },
        "InvalidParameterCombinationException",
        "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
      ],
      [{ Statistics: ["Median"] }, "InvalidParameterValueException", "The value Median for parameter Statistics.member.1 is not one of"],
      [
        { ExtendedStatistics: ["p101"] },
        "InvalidParameterValueException",
        "The value p101 for parameter ExtendedStatistics.member.1 is not a supported statistic.",
      ],
      [{ Period: 45 }, "InvalidParameterValueException", "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60, and is 45."],
      [{ Period: 0 }, "InvalidParameterValueException", "The parameter Period must be greater than or equal to 1."],
      [{ Period: undefined }, "MissingRequiredParameterException", "The parameter Period is required."],
      [{ MetricName: "" }, "InvalidParameterValueException", "The parameter MetricName must be longer than 0 character(s)."],
      [{ Unit: "Hours" }, "InvalidParameterValueException", "The value Hours for parameter Unit is not one of"],
      [
        { Dimensions: [{ Name: "FunctionName" }] },
        "MissingRequiredParameterException",
        "The parameter Dimensions.member.1.Value is required.",
      ],
    ])("statistics with %j", async (more, name, message) => {
      await expect(statistics(more)).rejects.toMatchObject({
        name,
        message: expect.stringContaining(message),
        $metadata: { httpStatusCode: 400 },
      });
    });

    test.each([
      [
        [stat("A", "Errors")],
        "ValidationException",
        "The value A for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
      ],
      [
        [stat("a", "Errors"), stat("a", "Errors")],
        "ValidationException",
        "The values for parameter id in MetricDataQueries are not unique.",
      ],
      [[{ Id: "a" }], "MissingRequiredParameterException", "The parameter MetricDataQueries.member.1.MetricStat is required."],
      [
        [stat("a", "Errors", "P99")],
        "ValidationException",
        "The value for parameter MetricDataQueries.member.1.MetricStat.Stat is not a valid statistic.",
      ],
      [[stat("a", "Errors", "Sum", { Expression: "m1" })], "ValidationException", "are mutually exclusive"],
      [[{ Id: "e", Expression: "m1 / m2 * 100" }], "ValidationException", "Error in expression 'e' [there is no query m1]"],
      [
        [
          { Id: "e", Expression: "1 + f" },
          { Id: "f", Expression: "e" },
        ],
        "ValidationException",
        "Error in expression 'e' [it depends on itself]",
      ],
      [[{ Id: "e", Expression: "1 + 1" }], "ValidationException", "Error in expression 'e' [it names no metric"],
      [
        [{ Id: "e", Expression: "SEARCH('{AWS/Lambda}', 'Sum')" }],
        "NotImplemented",
        "Lambdock does not implement SEARCH() of metric math yet (query e)",
      ],
      [
        [{ Id: "e", Expression: 'SELECT SUM(Errors) FROM "AWS/Lambda"' }],
        "NotImplemented",
        "Lambdock does not implement Metrics Insights (SELECT) yet (query e)",
      ],
    ] as const)("data of %j", async (queries, name, message) => {
      await expect(dataOf([...queries])).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
    });

    test("a time range that is none, too many points at once, and an order that is none", async () => {
      await expect(dataOf([stat("a", "Errors")], { EndTime: minute(0) })).rejects.toMatchObject({
        name: "ValidationException",
        message: "The parameter StartTime must not equal parameter EndTime.",
      });
      await expect(dataOf([stat("a", "Errors")], { EndTime: minute(-1) })).rejects.toMatchObject({
        name: "ValidationException",
        message: "The parameter StartTime must be less than the parameter EndTime.",
      });
      await expect(dataOf([stat("a", "Errors")], { MaxDatapoints: 100_801 })).rejects.toMatchObject({ name: "ValidationException" });
      await expect(dataOf([stat("a", "Errors")], { ScanBy: "Random" as "TimestampAscending" })).rejects.toMatchObject({
        name: "ValidationException",
      });
    });

    test("to store metrics of others, by name", async () => {
      const command = new PutMetricDataCommand({ Namespace: "Mine", MetricData: [{ MetricName: "m", Value: 1 }] });
      await expect(fixture.client.send(command)).rejects.toMatchObject({
        name: "NotImplemented",
        message: "Lambdock does not implement PutMetricData: it keeps the metrics of AWS/Lambda, and no others.",
      });
    });
  });

  test("another account and another region see nothing of it", async () => {
    const { CloudWatchClient } = await import("@aws-sdk/client-cloudwatch");
    for (const [accessKeyId, region] of [
      ["444455556666", "us-east-1"],
      [ACCOUNT, "eu-west-1"],
    ] as const) {
      const client = new CloudWatchClient({ endpoint: fixture.url, region, credentials: { accessKeyId, secretAccessKey: "s" } });
      expect((await client.send(new ListMetricsCommand())).Metrics).toEqual([]);
      client.destroy();
    }
  });
});
