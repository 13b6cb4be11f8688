import { test } from "@jest/globals";

/**
 * For behaviour that only some targets have. Elsewhere there is nothing to test and nothing is
 * registered: a skipped test would say that something is missing.
 */
export function testWhere(applies: boolean): (name: string, run: () => Promise<void>, timeoutMs?: number) => void {
  return applies ? (name, run, timeoutMs) => test(name, run, timeoutMs) : () => undefined;
}
