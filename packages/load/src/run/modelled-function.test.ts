import { expect, test } from "@jest/globals";
import { runInNewContext } from "node:vm";
import { decidedPayload, MODELLED_SOURCE, repeatablePayload } from "./modelled-function.ts";

type Handler = (event: unknown) => Promise<{ readonly begunAt: number; readonly endedAt: number }>;

/** The function as Lambda runs it, with chance in the test's hands. */
function handlerWith(random: () => number): Handler {
  const globals = { Buffer, performance, setTimeout, Math: Object.assign(Object.create(Math) as typeof Math, { random }), JSON };
  return runInNewContext(`${MODELLED_SOURCE.replace("export const handler", "const handler")}\nhandler`, globals) as Handler;
}

const batch = (...payloads: readonly string[]) => ({ Records: payloads.map((body) => ({ body })) });

test("a synchronous request waits as long and ends as was decided", async () => {
  const handler = handlerWith(() => 0);
  const { begunAt, endedAt } = await handler(JSON.parse(decidedPayload({ durationMs: 20.0001, fails: false })));
  expect(endedAt - begunAt).toBeGreaterThanOrEqual(19);
  await expect(handler(JSON.parse(decidedPayload({ durationMs: 1, fails: true })))).rejects.toThrow("was to fail");
});

test("of a batch the share that fails is that of one request, and each try is drawn anew", async () => {
  const draws = [0.2, 0.05, 0.2];
  const handler = handlerWith(() => draws.shift()!);
  const message = repeatablePayload({ durationMs: 1, fails: true }, 0.1);
  await handler(batch(...Array.from({ length: 10 }, () => message)));
  await expect(handler(batch(message))).rejects.toThrow("was to fail");
  await handler({ Records: [{ kinesis: { data: Buffer.from(message).toString("base64") } }] });
  expect(draws).toEqual([]);
});
