import { isAbsolute } from "node:path";
import { expect, test } from "@jest/globals";
import { ConfigurationError } from "@lambdock/kernel/config";
import { readEmbeddedConfig } from "./config.ts";

test("without variables Lambdock is at 127.0.0.1:4566, finds its own Redis and its own instances", () => {
  expect(readEmbeddedConfig({})).toMatchObject({ host: "127.0.0.1", port: 4566, redisUrl: "", instances: "auto", region: "us-east-1" });
});

test("the data directory is absolute, because Docker mounts no other", () => {
  const { dataDirectory } = readEmbeddedConfig({ LAMBDOCK_DATA_DIR: "some/where" });
  expect(isAbsolute(dataDirectory)).toBe(true);
  expect(dataDirectory.endsWith("/some/where")).toBe(true);
});

test("interpreters are pairs of a runtime and a program", () => {
  const { interpreters } = readEmbeddedConfig({ LAMBDOCK_INTERPRETERS: "nodejs24.x=/opt/node24, python3.13=/usr/bin/python3.13" });
  expect(interpreters).toEqual({ "nodejs24.x": "/opt/node24", "python3.13": "/usr/bin/python3.13" });
});

test("every rejection names its variable, its value and what was expected", () => {
  const rejected = { LAMBDOCK_PORT: "http", LAMBDOCK_INSTANCES: "vm", LAMBDOCK_INTERPRETERS: "python" };
  expect(() => readEmbeddedConfig(rejected)).toThrow(ConfigurationError);
  expect(() => readEmbeddedConfig(rejected)).toThrow(
    [
      'LAMBDOCK_PORT="http": expected a whole number from 0 to 65535',
      'LAMBDOCK_INSTANCES="vm": expected one of auto, docker, process',
      'LAMBDOCK_INTERPRETERS="python": expected pairs such as nodejs24.x=/opt/node24/bin/node, separated by commas',
    ].join("\n"),
  );
});
