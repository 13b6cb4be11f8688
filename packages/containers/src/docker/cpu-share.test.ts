import { expect, test } from "@jest/globals";
import { burstQuotaUs, cpuWeight, functionQuotaUs } from "./cpu-share.ts";

test.each([
  [128, 16, 1_447],
  [1_769, 16, 20_000],
  [10_240, 16, 115_772],
  [128, 1, 1_447],
  [1_769, 1, -1],
  [10_240, 4, -1],
])("%i MB on a host of %i CPUs get %i µs of every 20 ms", (memory, cpus, quota) => {
  expect(functionQuotaUs(memory, cpus)).toBe(quota);
});

test("init has two vCPUs, or what the function has if that is more", () => {
  expect(burstQuotaUs(128, 16)).toBe(40_000);
  expect(burstQuotaUs(10_240, 16)).toBe(115_772);
  expect(burstQuotaUs(128, 2)).toBe(-1);
});

test("weights are in proportion to memory", () => {
  expect(cpuWeight(1_769)).toBe(1_024);
  expect(cpuWeight(128)).toBe(74);
});
