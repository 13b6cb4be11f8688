import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { BatchOutcome } from "./shard-protocol.ts";
import type { StreamPolicy } from "./stream-policy.ts";
import type { StreamRecord } from "./stream-record.ts";
import { failures, functionError, ok, policy, read, virtualShard, type Script, type VirtualShard } from "./testing/virtual-shard.ts";

/** What the function does at its nth call. */
interface Whim {
  readonly kind: "ok" | "error" | "throttled" | "partial" | "malformed";
  readonly at: number;
  readonly durationMs: number;
}

interface Scene {
  readonly rules: StreamPolicy;
  readonly reads: readonly (readonly StreamRecord[])[];
  readonly whims: readonly Whim[];
}

const whims = fc.record({
  kind: fc.constantFrom("ok", "ok", "error", "throttled", "partial", "malformed"),
  at: fc.nat(20),
  durationMs: fc.integer({ min: 1, max: 3_000 }),
});

const scenes: fc.Arbitrary<Scene> = fc.record({
  rules: fc
    .record({
      lanes: fc.integer({ min: 1, max: 5 }),
      batchSize: fc.integer({ min: 1, max: 7 }),
      batchingWindowMs: fc.constantFrom(0, 0, 2_000),
      partialResponses: fc.boolean(),
      bisect: fc.boolean(),
      retriesMax: fc.integer({ min: 0, max: 3 }),
      recordAgeMaxMs: fc.constantFrom(Infinity, 20_000),
      batchBytesMax: fc.constantFrom(6_000_000, 35),
    })
    .map(policy),
  reads: fc
    .array(
      fc.array(fc.record({ key: fc.nat(6), passes: fc.constantFrom(true, true, true, false), bytes: fc.integer({ min: 1, max: 20 }) }), {
        maxLength: 12,
      }),
      {
        maxLength: 8,
      },
    )
    .map(asReads),
  whims: fc.array(whims, { minLength: 1, maxLength: 40 }),
});

/** One read a second. */
function asReads(
  groups: readonly (readonly { readonly key: number; readonly passes: boolean; readonly bytes: number }[])[],
): StreamRecord[][] {
  let number = 0;
  return groups.map((group, second) =>
    group.map(({ key, passes, bytes }) => {
      number += 1;
      return { sequenceNumber: String(number), orderKey: `k${key}`, arrivedAt: second * 1_000, json: "{}", bytes, passes };
    }),
  );
}

/** When each record was done: in an invocation that went well, or given up. Milliseconds. */
type DoneAt = Map<string, number>;

function play({ rules, reads, whims: script }: Scene): { readonly shard: VirtualShard; readonly doneAt: DoneAt } {
  const doneAt: DoneAt = new Map();
  const act: Script = ({ numbers, at }, nth) => {
    const whim = script[nth % script.length]!;
    const outcome = outcomeOf(whim, numbers);
    const good = goodCount(outcome, { numbers, partialResponses: rules.partialResponses, whim });
    for (const number of numbers.slice(0, good)) doneAt.set(number, at + whim.durationMs);
    return { ...outcome, durationMs: whim.durationMs };
  };
  const shard = virtualShard(rules, act);
  for (const [second, list] of reads.entries()) {
    shard.run(second * 1_000);
    shard.send(read(list));
  }
  shard.send(read([], { closed: true }));
  shard.run(10_000_000);
  for (const { at, numbers } of shard.discards) for (const number of numbers) doneAt.set(number, at);
  return { shard, doneAt };
}

function outcomeOf({ kind, at }: Whim, numbers: readonly string[]): BatchOutcome {
  if (kind === "error") return functionError;
  if (kind === "throttled") return { kind: "throttled" };
  if (kind === "partial") return failures(numbers[at % numbers.length]!);
  return kind === "malformed" ? failures("nobody") : ok;
}

function goodCount(
  outcome: BatchOutcome,
  { numbers, partialResponses, whim }: { readonly numbers: readonly string[]; readonly partialResponses: boolean; readonly whim: Whim },
): number {
  if (outcome.kind !== "answered") return 0;
  if (!partialResponses || whim.kind === "ok") return numbers.length;
  return whim.kind === "partial" ? whim.at % numbers.length : 0;
}

const passing = ({ reads }: Scene): StreamRecord[] => reads.flat().filter((record) => record.passes);
/** Some scripts never let the function succeed; then retries must be bounded for the run to end. */
const ends = ({ whims: script }: Scene): boolean => script.some(({ kind }) => kind !== "throttled");

test("every record that passes the filters ends in an invocation that went well, or is given up; then the shard is finished", () => {
  fc.assert(
    fc.property(scenes.filter(ends), (scene) => {
      const { shard, doneAt } = play(scene);
      expect([...doneAt.keys()].map(Number).sort((a, b) => a - b)).toEqual(passing(scene).map((record) => Number(record.sequenceNumber)));
      expect(shard.effects.filter((effect) => effect.type === "finished")).toHaveLength(1);
    }),
    { numRuns: 200 },
  );
});

test("the first deliveries of a key's records are in order", () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const last = new Map<string, number>();
      const seen = new Set<string>();
      for (const { numbers, keys } of play(scene).shard.invocations)
        for (const [index, number] of numbers.entries()) {
          if (seen.has(number)) continue;
          seen.add(number);
          expect(Number(number)).toBeGreaterThan(last.get(keys[index]!) ?? 0);
          last.set(keys[index]!, Number(number));
        }
    }),
    { numRuns: 200 },
  );
});

test("the checkpoint never passes a record that is not done, never goes back, and ends at the last record read", () => {
  fc.assert(
    fc.property(scenes.filter(ends), (scene) => {
      const { shard, doneAt } = play(scene);
      let before = 0;
      for (const { at, checkpoint } of shard.checkpoints) {
        const reached = Number(checkpoint.sequenceNumber);
        expect(reached).toBeGreaterThan(before);
        before = reached;
        for (const record of passing(scene).filter(({ sequenceNumber }) => Number(sequenceNumber) <= reached))
          expect(doneAt.get(record.sequenceNumber)).toBeLessThanOrEqual(at);
      }
      expect(before).toBe(scene.reads.flat().length);
    }),
    { numRuns: 200 },
  );
});

test("no lane works on two batches, and none is larger than allowed", () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const { rules } = scene;
      const { shard } = play(scene);
      for (const { numbers } of shard.invocations) {
        expect(numbers.length).toBeLessThanOrEqual(rules.batchSize);
        expect(numbers.length).toBeGreaterThan(0);
      }
      const ended = shard.effects.filter(({ type }) => type === "invoke").length;
      expect(shard.invocations).toHaveLength(ended);
    }),
    { numRuns: 200 },
  );
});
