import { afterEach, describe, expect, test } from "@jest/globals";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AsyncEvent } from "@lambdock/async-invoke/async-event";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { mergeMetrics } from "./metrics-merge.ts";
import { remoteSource, type MetricsSource } from "./metrics-sources.ts";
import { echo, startEdge, type Edge } from "./testing/edge.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(metricsSources: readonly MetricsSource[] = []): Promise<Edge> {
  const edge = await startEdge(echo, { metricsSources });
  stops.push(() => edge.gateway.stop(1_000));
  return edge;
}

async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => void response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(async () => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

async function invokeLater(edge: Edge, status = 202): Promise<void> {
  const url = `${edge.gateway.address}/2015-03-31/functions/hello/invocations`;
  const response = await fetch(url, { method: "POST", headers: { "x-amz-invocation-type": "Event" }, body: "{}" });
  expect(response.status).toBe(status);
}

describe("merged metrics", () => {
  const one = '# HELP Events Received\n# TYPE Events counter\nEvents{FunctionName="a"} 1\nEvents{FunctionName="b"} 2\n\n';
  const other = '# HELP Events Received\n# TYPE Events counter\nEvents{FunctionName="a"} 3\n# HELP Age x\n# TYPE Age gauge\nAge 0.5\n';

  test("have each family once, with what two services counted added up", () => {
    expect(mergeMetrics([one, other])).toBe(
      '# HELP Events Received\n# TYPE Events counter\nEvents{FunctionName="a"} 4\nEvents{FunctionName="b"} 2\n# HELP Age x\n# TYPE Age gauge\nAge 0.5\n',
    );
  });

  test("keep labels with spaces, histograms and infinities", () => {
    const text = '# TYPE Age histogram\nAge_bucket{le="+Inf",name="a b"} 2\nAge_sum{name="a b"} +Inf\nAge_count{name="a b"} 2\n';
    expect(mergeMetrics([text])).toBe(text);
  });

  test("of nothing are nothing", () => expect(mergeMetrics(["", "\n"])).toBe(""));
});

test("accepted events are counted by function, and other services' figures stand beside them", async () => {
  const url = await serve(
    200,
    '# TYPE AsyncEventsReceived counter\nAsyncEventsReceived{FunctionName="hello"} 5\n# TYPE Other gauge\nOther 1\n',
  );
  const edge = await start([remoteSource(url)]);
  await invokeLater(edge);
  await invokeLater(edge);
  for (const path of ["/_lambdock/metrics", "/metrics"]) {
    const response = await fetch(`${edge.gateway.address}${path}`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    expect(text.split("\n")).toEqual(expect.arrayContaining(['AsyncEventsReceived{FunctionName="hello"} 7', "Other 1"]));
    expect(text.match(/# TYPE AsyncEventsReceived/g)).toHaveLength(1);
  }
});

test("everybody hears of an accepted event", async () => {
  const told: LifecycleEvent[] = [];
  const edge = await startEdge(echo, { lifecycle: { emit: (event) => void told.push(event) } });
  stops.push(() => edge.gateway.stop(1_000));
  await invokeLater(edge);
  const [{ requestId, functionArn }] = edge.events as [AsyncEvent];
  const event = { type: "async-event", at: expect.any(Number), functionArn, qualifier: "$LATEST", requestId, state: "queued", attempts: 0 };
  expect(told).toEqual([event]);
});

test("an event that could not be stored is not counted", async () => {
  const edge = await startEdge(echo, { events: { enqueue: () => Promise.reject(new Error("away")) }, metricsSources: [] });
  stops.push(() => edge.gateway.stop(1_000));
  await invokeLater(edge, 500);
  expect(await (await fetch(`${edge.gateway.address}/metrics`)).text()).not.toContain('AsyncEventsReceived{FunctionName="hello"}');
});

test("services that do not answer are named, and the others' figures are there all the same", async () => {
  const broken = await serve(500, "");
  const edge = await start([remoteSource("http://127.0.0.1:1/metrics"), remoteSource(broken)]);
  await invokeLater(edge);
  const text = await (await fetch(`${edge.gateway.address}/_lambdock/metrics`)).text();
  expect(text).toContain('AsyncEventsReceived{FunctionName="hello"} 1');
  expect(text).toMatch(/^# http:\/\/127\.0\.0\.1:1\/metrics does not answer: .+$/m);
  expect(text).toContain(`# ${broken} does not answer: it answered 500\n`);
});

test("a signed request for a bucket called metrics is not taken for a scrape", async () => {
  const edge = await start();
  const authorization = "AWS4-HMAC-SHA256 Credential=111122223333/20261103/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x";
  expect((await fetch(`${edge.gateway.address}/metrics`, { headers: { authorization } })).status).toBe(501);
});
