import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createAdmission, mustReuse, type Admission } from "@lambdock/fleet/admission";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:";
const RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded";
const ACCOUNT = "ConcurrentInvocationLimitExceeded";

/** Reserves by function name; every table is newer than the last. */
function reserving(admission: Admission): (functions: Readonly<Record<string, number>>) => void {
  let generation = 0;
  return (functions) =>
    admission.reserve({
      generation: (generation += 1),
      functions: Object.fromEntries(Object.entries(functions).map(([name, reserved]) => [ARN + name, reserved])),
    });
}

/** Lets invocations of `abbc` begin one after the other; answers why each was throttled. */
const begin = (admission: Admission, names: string): (string | undefined)[] =>
  names.split("").map((name) => admission.admit(admission.shareOf(ARN + name)));
const end = (admission: Admission, names: string): void => {
  for (const name of names) admission.release(admission.shareOf(ARN + name));
};

describe("admission of an account of ten", () => {
  test.each<[string, Readonly<Record<string, number>>, string, (string | undefined)[]]>([
    ["all share the account when nothing is reserved", {}, "aaaaaabbbbb", [...Array.from({ length: 10 }, () => undefined), ACCOUNT]],
    ["a function runs as often as it reserved, and no more", { a: 2 }, "aaa", [undefined, undefined, RESERVED]],
    ["a function that reserved nothing at all does not run", { a: 0 }, "a", [RESERVED]],
    ["the others share what reservations leave", { a: 4, b: 5 }, "cd", [undefined, ACCOUNT]],
    ["a reservation is kept free when the pool is full", { a: 8 }, "cdca", [undefined, undefined, ACCOUNT, undefined]],
    ["a function whose reservation is used up does not fall back on the pool", { a: 1 }, "aab", [undefined, RESERVED, undefined]],
    ["reservations of more than the account leave nothing to the others", { a: 8, b: 8 }, "c", [ACCOUNT]],
  ])("%s", (_name, reservations, names, throttles) => {
    const admission = createAdmission(10);
    reserving(admission)(reservations);
    expect(begin(admission, names)).toEqual(throttles);
    expect(admission.inFlight).toBe(throttles.filter((reason) => reason === undefined).length);
  });

  test("lets what runs finish when the reservation shrinks, and admits nothing new before there is room", () => {
    const admission = createAdmission(10);
    const reserve = reserving(admission);
    reserve({ a: 3 });
    begin(admission, "aaa");
    reserve({ a: 1 });
    expect(admission.inFlight).toBe(3);
    end(admission, "aa");
    expect(begin(admission, "a")).toEqual([RESERVED]);
    end(admission, "a");
    expect(begin(admission, "a")).toEqual([undefined]);
  });

  test("counts what runs on the side where its function is now", () => {
    const admission = createAdmission(10);
    const reserve = reserving(admission);
    begin(admission, "aaaabbbb");
    reserve({ a: 5 });
    expect(begin(admission, "bbaa")).toEqual([undefined, ACCOUNT, undefined, RESERVED]);
    reserve({});
    expect(begin(admission, "b")).toEqual([ACCOUNT]);
    end(admission, "aaaaabbbbb");
    expect(begin(admission, "cccccccccc")).toEqual(Array.from({ length: 10 }));
  });

  test("never passes the account, also while a new reservation finds the account in use", () => {
    const admission = createAdmission(10);
    begin(admission, "bbbbbbbbbb");
    reserving(admission)({ a: 5 });
    expect(begin(admission, "a")).toEqual([ACCOUNT]);
    end(admission, "b");
    expect(begin(admission, "ab")).toEqual([undefined, ACCOUNT]);
  });

  test("ignores a table that is older than the one in force", () => {
    const admission = createAdmission(10);
    admission.reserve({ generation: 7, functions: { [`${ARN}a`]: 1 } });
    admission.reserve({ generation: 6, functions: {} });
    expect(begin(admission, "aa")).toEqual([undefined, RESERVED]);
    admission.reserve({ generation: 7, functions: { [`${ARN}a`]: 1 } });
    admission.reserve({ generation: 8, functions: {} });
    expect(begin(admission, "a")).toEqual([undefined]);
  });

  test("counts other accounts and other regions apart", () => {
    const admission = createAdmission(1);
    for (const arn of [`${ARN}a`, `${ARN.replace("111122223333", "444455556666")}a`, `${ARN.replace("us-east-1", "eu-west-1")}a`])
      expect(admission.admit(admission.shareOf(arn))).toBeUndefined();
    expect(begin(admission, "b")).toEqual([ACCOUNT]);
  });

  test("forgets functions that neither run nor reserve, and nothing else", () => {
    const admission = createAdmission(10);
    reserving(admission)({ a: 1 });
    const [reserved, idle] = [admission.shareOf(`${ARN}a`), admission.shareOf(`${ARN}b`)];
    begin(admission, "c");
    const running = admission.shareOf(`${ARN}c`);
    admission.prune();
    expect([admission.shareOf(`${ARN}a`) === reserved, admission.shareOf(`${ARN}b`) === idle]).toEqual([true, false]);
    expect(admission.shareOf(`${ARN}c`)).toBe(running);
  });

  test("a function must reuse an environment when all that it reserved are at work", () => {
    const admission = createAdmission(10);
    reserving(admission)({ a: 2 });
    begin(admission, "ac");
    expect([0, 1, 2].map((finishing) => mustReuse(admission.shareOf(`${ARN}a`), finishing))).toEqual([false, false, true]);
    expect(mustReuse(admission.shareOf(`${ARN}c`), 9)).toBe(false);
  });
});

test("over random histories no limit is passed, and nothing is throttled that has room", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const action = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("begin" as const), name }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("end" as const), name }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reserve" as const), functions: fc.dictionary(name, fc.nat(4)) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("prune" as const) }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (history) => {
      const limit = 8;
      const admission = createAdmission(limit);
      const reserve = reserving(admission);
      let reserved: Readonly<Record<string, number>> = {};
      const running = new Map<string, number>();
      const of = (each: string): number => running.get(each) ?? 0;
      const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0);
      for (const step of history) {
        if (step.kind === "reserve") reserve((reserved = step.functions));
        else if (step.kind === "prune") admission.prune();
        else if (step.kind === "end") {
          if (of(step.name) === 0) continue;
          end(admission, step.name);
          running.set(step.name, of(step.name) - 1);
        } else {
          const own = reserved[step.name];
          const unreserved = sum([...running].filter(([each]) => reserved[each] === undefined).map(([, count]) => count));
          const room =
            sum(running.values()) < limit && (own === undefined ? unreserved < limit - sum(Object.values(reserved)) : of(step.name) < own);
          const [reason] = begin(admission, step.name);
          expect(reason === undefined).toBe(room);
          if (room) running.set(step.name, of(step.name) + 1);
        }
        expect(admission.inFlight).toBe(sum(running.values()));
      }
    }),
    { numRuns: 2_000 },
  );
});
