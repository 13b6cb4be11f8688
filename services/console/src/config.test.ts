import { expect, test } from "@jest/globals";
import { readConsoleConfig } from "./config.ts";

test("services to watch are pairs of a name and where it answers", () => {
  const { healthUrls } = readConsoleConfig({ LAMBDOCK_CONSOLE_HEALTH_URLS: "poller=http://poller:4572/health, sqs=tcp://sqs:4576" });
  expect(healthUrls.map(({ name, url }) => [name, url.href])).toEqual([
    ["poller", "http://poller:4572/health"],
    ["sqs", "tcp://sqs:4576"],
  ]);
});

test("anything else is refused with what was expected", () => {
  expect(() => readConsoleConfig({ LAMBDOCK_CONSOLE_HEALTH_URLS: "poller" })).toThrow("expected pairs such as poller=http://");
});
