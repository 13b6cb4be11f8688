import { expect, test } from "@jest/globals";
import { isLocalHost, isLocalOrigin, isSameOrigin } from "./browser-guard.ts";

test.each([
  "127.0.0.1:4566",
  "localhost:4566",
  "[::1]:4566",
  "192.168.1.7:4566",
  "lambdock:4566",
  "host.docker.internal:4566",
  "a.localhost",
])("the host %s can only be near", (host) => expect(isLocalHost(host)).toBe(true));

test.each(["evil.example:4566", "127.0.0.1.evil.example", "localhost.evil.example:4566", "lambdock.example.com", "", undefined, "a b"])(
  "the host %s can be anybody's",
  (host) => expect(isLocalHost(host)).toBe(false),
);

test.each([
  [undefined, "lambdock:4566"],
  ["http://127.0.0.1:4566", "127.0.0.1:4566"],
  ["http://localhost:3000", "127.0.0.1:4566"],
  ["http://[::1]:4566", "[::1]:4566"],
  ["http://192.168.1.7:4566", "192.168.1.7:4566"],
])("a page of %s may ask %s", (origin, host) => expect(isLocalOrigin({ origin, host })).toBe(true));

test.each([
  ["https://evil.example", "127.0.0.1:4566"],
  // A name that was rebound to this machine.
  ["http://evil.example:4566", "evil.example:4566"],
  ["http://192.168.1.9", "192.168.1.7:4566"],
  ["http://127.0.0.1.evil.example", "127.0.0.1:4566"],
  // Of sandboxed frames and of files.
  ["null", "127.0.0.1:4566"],
  ["chrome-extension://abc", "127.0.0.1:4566"],
])("a page of %s may not ask %s", (origin, host) => expect(isLocalOrigin({ origin, host })).toBe(false));

test("the same origin is the same name and port", () => {
  expect(isSameOrigin({ origin: "https://team.example:4566", host: "team.example:4566" })).toBe(true);
  expect(isSameOrigin({ origin: "https://team.example", host: "team.example:4566" })).toBe(false);
});
