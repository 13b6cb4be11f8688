import { expect, test } from "@jest/globals";
import { parseSubscription } from "./subscription.ts";

const good = { types: ["platform"], destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:4243/telemetry?x=1" } };
const parse = (document: unknown, api: "telemetry" | "logs" = "telemetry") => parseSubscription(api, Buffer.from(JSON.stringify(document)));

test("a subscription takes AWS's defaults for what it leaves out", () => {
  expect(parse(good)).toEqual({
    api: "telemetry",
    schemaVersion: "2022-07-01",
    types: ["platform"],
    buffering: { maxItems: 10_000, maxBytes: 262_144, timeoutMs: 1_000 },
    destination: { protocol: "HTTP", port: 4_243, path: "/telemetry?x=1", method: "POST" },
  });
  expect(parse(good, "logs")).toMatchObject({ api: "logs", schemaVersion: "2020-08-15" });
});

test("a subscription may ask for everything else within its bounds", () => {
  const buffering = { maxItems: 1_000, maxBytes: 1_048_576, timeoutMs: 25 };
  const types = ["extension", "function", "platform", "function"];
  const document = { schemaVersion: "2022-12-13", types, buffering, destination: { protocol: "TCP", port: 1 } };
  expect(parse(document)).toEqual({
    api: "telemetry",
    schemaVersion: "2022-12-13",
    types: ["platform", "function", "extension"],
    buffering,
    destination: { protocol: "TCP", port: 1 },
  });
  const put = { ...good, destination: { protocol: "HTTP", URI: "http://sandbox:80", method: "PUT", encoding: "JSON" } };
  expect(parse(put)).toMatchObject({ destination: { port: 80, path: "/", method: "PUT" } });
});

test.each([
  ["text that is no JSON", undefined, "request body is not a JSON object"],
  ["a list", [], "request body is not a JSON object"],
  ["nothing", {}, "types should not be empty; destination should be an object"],
  ["no types", { ...good, types: [] }, "types should not be empty"],
  ["an unknown type", { ...good, types: ["platform", "all"] }, "types should be of [platform, function, extension]"],
  ["an unknown schema", { ...good, schemaVersion: "2021-01-01" }, "schemaVersion should be one of [2022-07-01, 2022-12-13]"],
  ["too few items", { ...good, buffering: { maxItems: 999 } }, "buffering.maxItems should be between 1000 and 10000"],
  ["too many bytes", { ...good, buffering: { maxBytes: 1_048_577 } }, "buffering.maxBytes should be between 262144 and 1048576"],
  ["no whole number", { ...good, buffering: { timeoutMs: 25.5 } }, "buffering.timeoutMs should be between 25 and 30000"],
  ["buffering of a number", { ...good, buffering: 5 }, "buffering should be an object"],
  ["no protocol", { ...good, destination: {} }, "destination.protocol should be one of [HTTP, TCP]"],
  ["no URI", { ...good, destination: { protocol: "HTTP" } }, "destination.URI should be an http URI"],
  ["TLS", { ...good, destination: { protocol: "HTTP", URI: "https://sandbox:443" } }, "destination.URI should be an http URI"],
  [
    "a server outside",
    { ...good, destination: { protocol: "HTTP", URI: "http://example.com:80" } },
    "destination.URI host should be sandbox.localdomain",
  ],
  ["no port", { ...good, destination: { protocol: "HTTP", URI: "http://sandbox/x" } }, "URI port is not provided"],
  ["the Runtime API's port", { ...good, destination: { protocol: "HTTP", URI: "http://sandbox:9001" } }, "URI port 9001 is reserved"],
  [
    "an unknown method",
    { ...good, destination: { protocol: "HTTP", URI: "http://sandbox:1", method: "GET" } },
    "destination.method should be one of [POST, PUT]",
  ],
  [
    "an unknown encoding",
    { ...good, destination: { protocol: "HTTP", URI: "http://sandbox:1", encoding: "XML" } },
    "destination.encoding should be JSON",
  ],
  ["TCP without a port", { ...good, destination: { protocol: "TCP" } }, "port is not provided"],
  ["a port too high", { ...good, destination: { protocol: "TCP", port: 65_536 } }, "port should be between 1 and 65535"],
])("%s is refused with what is wrong", (_what, document, message) => {
  const parsed = document === undefined ? parseSubscription("telemetry", Buffer.from("{")) : parse(document);
  expect("errors" in parsed ? parsed.errors.join("; ") : parsed).toBe(message);
});
