import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compilePattern, matches } from "./pattern.ts";

const answer = (pattern: object, event: unknown): boolean => matches(compilePattern(JSON.stringify(pattern)), event);
const many = <Element>(make: (index: number) => Element): Element[] => Array.from({ length: 20_000 }, (_, index) => make(index));

test("an event with tens of thousands of elements keeps nobody waiting", () => {
  const event = {
    a: many((n) => ({ b: 1, c: n, ...(n % 2 === 0 ? { g: 1 } : {}) })),
    d: many(() => ({ e: 1 })),
    f: [{ h: many(() => ({ i: 1, j: 1 })) }],
  };
  const startedAt = performance.now();
  expect(answer({ a: { b: [1], c: [19_999] }, d: { e: [1] } }, event)).toBe(true);
  expect(answer({ a: { b: [1], c: [20_000] }, d: { e: [1] } }, event)).toBe(false);
  expect(answer({ a: { b: [1] }, d: { e: [1] }, f: { h: { i: [1], j: [2] } } }, event)).toBe(false);
  expect(answer({ a: { b: [1], c: [{ numeric: ["<", 0] }], g: [{ exists: false }] } }, event)).toBe(false);
  expect(answer({ a: { b: [2, { exists: false }], g: [{ exists: false }] } }, event)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

/** Every choice of one element per array, tried one after the other. */
function slowly(pattern: Readonly<Record<string, readonly unknown[]>>, event: unknown): boolean {
  const choices = (value: unknown): unknown[] => {
    if (Array.isArray(value)) {
      // Values that are no objects stand side by side; of objects one is chosen.
      const leaves = value.filter((each) => typeof each !== "object");
      const objects = value.filter((each) => typeof each === "object").flatMap(choices);
      return (objects.length === 0 ? [undefined] : objects).map((object) => ({ leaves, object }));
    }
    if (typeof value !== "object" || value === null) return [{ leaves: [value] }];
    let all: Record<string, unknown>[] = [{}];
    for (const [key, each] of Object.entries(value))
      all = all.flatMap((chosen) => choices(each).map((choice) => ({ ...chosen, [key]: choice })));
    return all.map((object) => ({ leaves: [], object }));
  };
  const leavesAt = (chosen: unknown, path: readonly string[]): unknown[] => {
    const { leaves = [], object } = (chosen ?? {}) as { readonly leaves?: unknown[]; readonly object?: unknown };
    if (path.length === 0) return object === undefined || !("leaves" in (object as object)) ? leaves : [...leaves, ...leavesAt(object, [])];
    const inner = (object as { readonly object?: unknown } | undefined)?.object ?? object;
    return leavesAt((inner as Record<string, unknown> | undefined)?.[path[0]!], path.slice(1));
  };
  return choices(event).some((chosen) =>
    Object.entries(pattern).every(([name, wanted]) => {
      const found = leavesAt(chosen, name.split("."));
      return found.some((value) => wanted.includes(value));
    }),
  );
}

test("objects in arrays match as if every choice of one element per array were tried", () => {
  const leaf = fc.integer({ min: 0, max: 1 });
  const inner = fc.record({ p: leaf, q: leaf }, { requiredKeys: [] });
  const outer = fc.record({ b: leaf, c: leaf, x: fc.array(inner, { maxLength: 3 }) }, { requiredKeys: [] });
  const event = fc.record({ a: fc.array(outer, { maxLength: 3 }), d: fc.array(inner, { maxLength: 3 }) });
  const names = ["a.b", "a.c", "a.x.p", "a.x.q", "d.p", "d.q"];
  const pattern = fc.subarray(names, { minLength: 1 }).chain((some) => fc.tuple(...some.map((name) => fc.tuple(fc.constant(name), leaf))));
  fc.assert(
    fc.property(pattern, event, (conditions, given) => {
      const nested: Record<string, unknown> = {};
      for (const [name, value] of conditions) {
        const path = name.split(".");
        let at = nested;
        for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
        at[path.at(-1)!] = [value];
      }
      expect(answer(nested, given)).toBe(slowly(Object.fromEntries(conditions.map(([name, value]) => [name, [value]])), given));
    }),
    { numRuns: 2_000 },
  );
});
