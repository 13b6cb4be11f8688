import { expect, test } from "@jest/globals";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import { createDispatch } from "./dispatch.ts";

const request = (name: string): InvokeRequest =>
  ({ spec: { accountId: "111122223333", region: "us-east-1", name }, requestId: name }) as unknown as InvokeRequest;
const completed: InvokeOutcome = { kind: "completed", payload: new Uint8Array(), contentType: "application/json" };
const throttled: InvokeOutcome = { kind: "throttled", reason: "ConcurrentInvocationLimitExceeded" };

/** An executor whose invocations end when told, and what the dispatch makes of it. */
function watched(limitMax = 1_000) {
  const limits: [string, number][] = [];
  const underWay: ((outcome: InvokeOutcome) => void)[] = [];
  const dispatch = createDispatch(limitMax, ({ name }, limit) => void limits.push([name, limit]));
  const executor = dispatch.watching({ invoke: () => new Promise((resolve) => void underWay.push(resolve)) });
  const invoke = (name: string, times: number): Promise<unknown> =>
    Promise.all(Array.from({ length: times }, () => executor.invoke(request(name))));
  const end = (outcome: InvokeOutcome): void => underWay.splice(0).forEach((resolve) => resolve(outcome));
  return { limits, dispatch, invoke, end };
}

test("each function has a limit of its own, which follows the executor's answers", async () => {
  const { limits, invoke, end } = watched();
  const rounds = [invoke("busy", 10), invoke("quiet", 2)];
  end(completed);
  await Promise.all(rounds);
  const next = [invoke("busy", 10), invoke("quiet", 2)];
  end(completed);
  await Promise.all(next);
  expect(new Set(limits.map(([name]) => name))).toEqual(new Set(["busy"]));
  const last = invoke("busy", 1);
  end(throttled);
  await last;
  expect(limits.at(-1)).toEqual(["busy", 5]);
});

test("no limit is ever above the bound, also when it is below where functions begin", async () => {
  const { limits, invoke, end } = watched(2);
  const round = invoke("f", 2);
  end(completed);
  await round;
  const refused = invoke("f", 1);
  end(throttled);
  await refused;
  expect(Math.max(...limits.map(([, limit]) => limit))).toBeLessThanOrEqual(2);
  expect(limits.at(-1)).toEqual(["f", 1]);
});

test("a forgotten function begins anew", async () => {
  const { limits, dispatch, invoke, end } = watched();
  for (let round = 0; round < 2; round += 1) {
    const refused = invoke("f", 1);
    end(throttled);
    await refused;
    dispatch.forget({ accountId: "111122223333", region: "us-east-1", name: "f" });
  }
  expect(limits).toEqual([
    ["f", 5],
    ["f", 5],
  ]);
});
