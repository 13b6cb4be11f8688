import { expect, test } from "@jest/globals";
import { visibilityWanted } from "./visibility.ts";

test.each([
  [{ queueMs: 30_000, windowMs: 0, timeoutMs: 900_000 }, undefined],
  [{ queueMs: 30_000, windowMs: 10_000, timeoutMs: 20_000 }, undefined],
  [{ queueMs: 30_000, windowMs: 10_000, timeoutMs: 20_001 }, 60_001],
  [{ queueMs: 30_000, windowMs: 300_000, timeoutMs: 900_000 }, 1_230_000],
])("%j asks for %s", (facts, wanted) => expect(visibilityWanted(facts)).toBe(wanted));
