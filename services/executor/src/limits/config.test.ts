import { expect, test } from "@jest/globals";
import { readExecutorConfig } from "../config.ts";
import { limitsOf } from "./config.ts";

const limits = (env: Readonly<Record<string, string>>) => limitsOf(readExecutorConfig(env));

test("without settings the account is one of AWS's", () => {
  expect(limits({})).toMatchObject({
    accountConcurrency: 1_000,
    scalingBurst: 1_000,
    scalingPerSecond: 100,
    requestsPerConcurrency: 10,
    provisionedDelayMs: 0,
    provisionedPerMinute: 6_000,
    idleMs: { min: 300_000, max: 900_000 },
    idleHalvingMs: 300_000,
    ageMs: { min: 7_200_000, max: 28_800_000 },
  });
});

test("lifetimes and the delay of provisioned concurrency pass faster with the time scale; rates do not", () => {
  expect(limits({ LAMBDOCK_TIME_SCALE: "60", LAMBDOCK_PROVISIONED_DELAY_SECONDS: "90" })).toMatchObject({
    provisionedDelayMs: 1_500,
    provisionedPerMinute: 6_000,
    scalingPerSecond: 100,
    idleMs: { min: 5_000, max: 15_000 },
    idleHalvingMs: 5_000,
    ageMs: { min: 120_000, max: 480_000 },
  });
});

test("a fixed idle time is kept to the second, whatever the time scale, and nothing is halved", () => {
  expect(limits({ LAMBDOCK_IDLE_SECONDS: "30", LAMBDOCK_TIME_SCALE: "60" })).toMatchObject({
    idleMs: { min: 30_000, max: 30_000 },
    idleHalvingMs: 0,
  });
});

test("a range is two numbers, or one for both", () => {
  expect(limits({ LAMBDOCK_IDLE_MINUTES: "0.5", LAMBDOCK_MAX_AGE_HOURS: "1-1.5" })).toMatchObject({
    idleMs: { min: 30_000, max: 30_000 },
    ageMs: { min: 3_600_000, max: 5_400_000 },
  });
});

test.each(["15-5", "0-5", "five", "5-", "-5", "5-15-20"])("the range %p is refused, with what was expected", (range) => {
  expect(() => limits({ LAMBDOCK_IDLE_MINUTES: range })).toThrow(
    `LAMBDOCK_IDLE_MINUTES=${JSON.stringify(range)}: expected a range such as 5-15, or one number, more than 0`,
  );
});
