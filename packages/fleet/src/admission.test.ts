import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createAdmission, type Admission } from "@lambdock/fleet/admission";
import type { Group } from "@lambdock/fleet/pool";
import { createClaim } from "@lambdock/fleet/share";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:";
const RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded";
const ACCOUNT = "ConcurrentInvocationLimitExceeded";

const admissionOf = (accountConcurrency: number): Admission<Group> => createAdmission({ ...unbounded, accountConcurrency });

/** Reserves by function name. */
const reserving =
  (admission: Admission<Group>) =>
  (functions: Readonly<Record<string, number>>): void =>
    admission.reserve(Object.fromEntries(Object.entries(functions).map(([name, reserved]) => [ARN + name, reserved])));

/** Lets invocations of `abbc` begin one after the other; answers why each was throttled. */
const begin = (admission: Admission<Group>, names: string): (string | undefined)[] =>
  names.split("").map((name) => {
    const share = admission.shareOf(ARN + name);
    if (!admission.hasRoom(share)) return admission.concurrencyRefusal(share).reason;
    admission.charge(share, undefined);
    return undefined;
  });
const end = (admission: Admission<Group>, names: string): void => {
  for (const name of names) admission.release(admission.shareOf(ARN + name), undefined);
};
const atWork = (admission: Admission<Group>): number => admission.shareOf(`${ARN}any`).account.atWork;

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
    const admission = admissionOf(10);
    reserving(admission)(reservations);
    expect(begin(admission, names)).toEqual(throttles);
    expect(atWork(admission)).toBe(throttles.filter((reason) => reason === undefined).length);
  });

  test("lets what runs finish when the reservation shrinks, and admits nothing new before there is room", () => {
    const admission = admissionOf(10);
    const reserve = reserving(admission);
    reserve({ a: 3 });
    begin(admission, "aaa");
    reserve({ a: 1 });
    expect(atWork(admission)).toBe(3);
    end(admission, "aa");
    expect(begin(admission, "a")).toEqual([RESERVED]);
    end(admission, "a");
    expect(begin(admission, "a")).toEqual([undefined]);
  });

  test("counts what runs on the side where its function is now", () => {
    const admission = admissionOf(10);
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
    const admission = admissionOf(10);
    begin(admission, "bbbbbbbbbb");
    reserving(admission)({ a: 5 });
    expect(begin(admission, "a")).toEqual([ACCOUNT]);
    end(admission, "b");
    expect(begin(admission, "ab")).toEqual([undefined, ACCOUNT]);
  });

  test("counts other accounts and other regions apart", () => {
    const admission = admissionOf(1);
    for (const arn of [`${ARN}a`, `${ARN.replace("111122223333", "444455556666")}a`, `${ARN.replace("us-east-1", "eu-west-1")}a`])
      expect(admission.hasRoom(admission.shareOf(arn))).toBe(true);
    begin(admission, "a");
    expect(begin(admission, "b")).toEqual([ACCOUNT]);
    expect(admission.hasRoom(admission.shareOf(`${ARN.replace("us-east-1", "eu-west-1")}a`))).toBe(true);
  });

  test("forgets functions that neither run nor reserve, and nothing else", () => {
    const admission = admissionOf(10);
    reserving(admission)({ a: 1 });
    const [reserved, idle] = [admission.shareOf(`${ARN}a`), admission.shareOf(`${ARN}b`)];
    begin(admission, "c");
    const running = admission.shareOf(`${ARN}c`);
    admission.prune(0);
    expect([admission.shareOf(`${ARN}a`) === reserved, admission.shareOf(`${ARN}b`) === idle]).toEqual([true, false]);
    expect(admission.shareOf(`${ARN}c`)).toBe(running);
  });

  test("takes what is provisioned out of the unreserved pool, or out of the function's reservation", () => {
    const admission = admissionOf(10);
    for (const name of ["a", "b"]) admission.shareOf(ARN + name).claims.add(createClaim(3));
    reserving(admission)({ a: 4 });
    expect(begin(admission, "aa")).toEqual([undefined, RESERVED]);
    expect(begin(admission, "bccc")).toEqual([undefined, undefined, undefined, ACCOUNT]);
  });

  test("what is at work on a claim counts nowhere else, but what is beyond a claim that shrank counts as on-demand", () => {
    const admission = admissionOf(10);
    const share = admission.shareOf(`${ARN}a`);
    const claim = createClaim(4);
    share.claims.add(claim);
    admission.recount();
    for (let count = 0; count < 4; count += 1) admission.charge(share, claim);
    expect(admission.hasClaimRoom(share, claim)).toBe(false);
    expect(begin(admission, "bbbbbbb")).toEqual([...Array.from({ length: 6 }), ACCOUNT]);
    end(admission, "bbb");
    claim.count = 1;
    admission.recount();
    // Nine may be at work on demand: three of b, and three of a.
    expect(begin(admission, "bbbb")).toEqual([undefined, undefined, undefined, ACCOUNT]);
    admission.release(share, claim);
    expect(begin(admission, "bb")).toEqual([undefined, ACCOUNT]);
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
      const admission = admissionOf(limit);
      const reserve = reserving(admission);
      let reserved: Readonly<Record<string, number>> = {};
      const running = new Map<string, number>();
      const of = (each: string): number => running.get(each) ?? 0;
      const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0);
      for (const step of history) {
        if (step.kind === "reserve") reserve((reserved = step.functions));
        else if (step.kind === "prune") admission.prune(0);
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
        expect(atWork(admission)).toBe(sum(running.values()));
      }
    }),
    { numRuns: 2_000 },
  );
});
