import express from "express";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { EventAdmin } from "@lambdock/queue/event-admin";
import { createAsyncAdmin } from "./async-admin.ts";

const QUEUE = "/000000000000/us-east-1/orders";
const id = { accountId: "000000000000", region: "us-east-1", name: "orders" };

let server: Server;
let done: unknown[][];
const recorded =
  <Answer>(name: string, answer: Answer) =>
  async (...args: unknown[]): Promise<Answer> => (done.push([name, ...args]), answer);
const admin: EventAdmin = {
  summaries: recorded("summaries", []),
  list: recorded("list", []),
  redrive: recorded("redrive", 1),
  purge: recorded("purge", 2),
  close: async () => undefined,
};

beforeAll(async () => {
  server = express().use("/_lambdock/async", createAsyncAdmin(admin)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
});
beforeEach(() => void (done = []));
afterAll(() => void server.close());

interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function ask(path: string, call: Call = {}): Promise<[status: number, answer: unknown]> {
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/_lambdock/async${path}`, call);
  return [answer.status, await answer.json()];
}

test("events are listed by the page, at most a thousand", async () => {
  await ask(`${QUEUE}/events?state=dead`);
  await ask(`${QUEUE}/events?state=retrying&from=7&count=5000`);
  expect(done).toEqual([
    ["list", id, "dead", { from: 0, count: 50 }],
    ["list", id, "retrying", { from: 7, count: 1_000 }],
  ]);
});

test.each<[string, Call, unknown]>([
  ["no body", {}, undefined],
  ["an empty body", { body: "" }, undefined],
  ["an empty object", { body: "{}" }, undefined],
  ["no ids", { body: '{"requestIds":[]}' }, []],
  [
    "ids that curl sends as form data",
    { body: '{"requestIds":["a"]}', headers: { "content-type": "application/x-www-form-urlencoded" } },
    ["a"],
  ],
  ["ids without a type", { body: '{"requestIds":["a","b"]}', headers: { "content-type": "" } }, ["a", "b"]],
])("a redrive with %s redrives what it names", async (_name, call, requestIds) => {
  expect(await ask(`${QUEUE}/redrive`, { method: "POST", ...call })).toEqual([200, { redriven: 1 }]);
  expect(done).toEqual([["redrive", id, requestIds]]);
});

test("as many events as a function can have dead are redriven by name", async () => {
  const requestIds = Array.from({ length: 10_000 }, () => "7c1c9a32-0000-4000-8000-000000000000");
  expect((await ask(`${QUEUE}/redrive`, { method: "POST", body: JSON.stringify({ requestIds }) }))[0]).toBe(200);
});

const redrive = (body: string): Call => ({ method: "POST", body });

test.each<[string, string, Call, number, RegExp]>([
  ["a body that is no JSON", `${QUEUE}/redrive`, redrive("{a"), 400, /JSON/],
  ["a list", `${QUEUE}/redrive`, redrive('["a"]'), 400, /must be an object/],
  ["a misspelled member", `${QUEUE}/redrive`, redrive('{"requestids":["a"]}'), 400, /not requestids/],
  ["ids that are none", `${QUEUE}/redrive`, redrive('{"requestIds":[1]}'), 400, /list of request ids/],
  ["one id", `${QUEUE}/redrive`, redrive('{"requestIds":"a"}'), 400, /list of request ids/],
  ["a name that none can have", "/000000000000/us-east-1/a.b:c/redrive", redrive("{}"), 400, /named by account, region and function/],
  ["a region that is none", "/000000000000/a:b/orders/events?state=dead", {}, 400, /named by account, region and function/],
  ["an account that is none", "/1/us-east-1/orders/events?state=dead", { method: "DELETE" }, 400, /named by account/],
  ["a path that can't be decoded", "/000000000000/us-east-1/%E0%A4%A/events?state=dead", {}, 400, /decode/],
  ["no state", `${QUEUE}/events`, { method: "DELETE" }, 400, /one of waiting, running, retrying, dead/],
  ["running events", `${QUEUE}/events?state=running`, { method: "DELETE" }, 400, /can't be purged/],
  ["a page before the first", `${QUEUE}/events?state=dead&from=-1`, {}, 400, /from must be a whole number/],
  ["a count that is none", `${QUEUE}/events?state=dead&count=many`, {}, 400, /count must be a whole number/],
  ["another method", `${QUEUE}/events?state=dead`, { method: "PUT" }, 404, /no such request/],
  ["another path", "/orders", {}, 404, /no such request/],
  ["another site", "", { headers: { origin: "http://elsewhere.example" } }, 403, /other sites/],
])("%s is refused in a sentence, and nothing is done", async (...[, path, call, status, message]) => {
  expect(await ask(path, call)).toEqual([status, { message: expect.stringMatching(message) }]);
  expect(done).toEqual([]);
});
