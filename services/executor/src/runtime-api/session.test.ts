/** What a runtime may say while it is still saying something else, or too late (runtime-api.md 2.2 and 2.3). */
import { afterEach, expect, test } from "@jest/globals";
import { bodyOf, environmentUnderTest } from "../testing/environment-fixture.ts";
import type { Script } from "../testing/scripted-driver.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const environmentWith = async (script: Script): ReturnType<typeof environmentUnderTest> => {
  const made = await environmentUnderTest({ script });
  closing.push(() => made.close());
  made.begin();
  return made;
};
const refusal = (from: string, to: string): object => ({
  status: 403,
  body: expect.stringContaining(`State transition from ${from} to ${to} failed for runtime.`),
});

test("a second answer, an error and next are refused while an answer is still coming, which then counts", async () => {
  const replies: unknown[] = [];
  const { invoke, heard } = await environmentWith(async (runtime) => {
    const { requestId } = await runtime.next();
    const answer = await runtime.begin(`/invocation/${requestId}/response`, "on");
    // One that comes whole is heard at once; the head of the other may be on its way.
    for (let reply = await runtime.get("/invocation/next"); reply.status === 200;) reply = await runtime.get("/invocation/next");
    replies.push(await runtime.respond(requestId, "two"), await runtime.post(`/invocation/${requestId}/error`, "{}"));
    replies.push(await runtime.get("/invocation/next"), await answer.end("e"));
    await runtime.next();
  });
  expect(bodyOf(await invoke())).toBe("one");
  await heard("idle");
  expect(replies).toMatchObject([
    refusal("InvocationResponse", "InvocationResponse"),
    refusal("InvocationResponse", "InvocationErrorResponse"),
    refusal("InvocationResponse", "Ready"),
    { status: 202, body: '{"status":"OK"}\n' },
  ]);
});

test("an answer whose connection broke may be given again", async () => {
  const { invoke } = await environmentWith(async (runtime) => {
    const { requestId } = await runtime.next();
    const answer = await runtime.begin(`/invocation/${requestId}/response`, "on");
    while ((await runtime.get("/invocation/next")).status === 200);
    answer.lose();
    while ((await runtime.respond(requestId, "again")).status !== 202);
    await runtime.next();
  });
  expect(bodyOf(await invoke())).toBe("again");
});

test("an answer that is complete only after the run ran out of time does not answer the next run", async () => {
  let late: Promise<{ readonly status: number }> | undefined;
  let runs = 0;
  const { invoke } = await environmentWith(async (runtime) => {
    const { requestId } = await runtime.next();
    runs += 1;
    if (runs === 1) {
      const answer = await runtime.begin(`/invocation/${requestId}/response`, "la");
      late = runtime.killed.then(() => answer.end("te"));
    } else {
      expect((await late)?.status).toBe(400);
      await runtime.respond(requestId, "in time");
      await runtime.next();
    }
  });
  expect(bodyOf(await invoke())).toContain("Sandbox.Timedout");
  expect(bodyOf(await invoke())).toBe("in time");
});

test("an error document that is too large is answered like too large a response", async () => {
  const replies: unknown[] = [];
  const { invoke, heard } = await environmentWith(async (runtime) => {
    const { requestId } = await runtime.next();
    replies.push(await runtime.post(`/invocation/${requestId}/error`, Buffer.alloc(7_000_000, "m")));
    await runtime.next();
  });
  expect(JSON.parse(bodyOf(await invoke()))).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
  await heard("idle");
  expect(replies).toMatchObject([{ status: 413, body: expect.stringContaining("RequestEntityTooLarge") }]);
});

test("only a GET takes an invocation", async () => {
  const replies: unknown[] = [];
  const { invoke } = await environmentWith(async (runtime) => {
    replies.push((await runtime.post("/invocation/next", "")).status);
    const { requestId } = await runtime.next();
    await runtime.respond(requestId, "1");
    await runtime.next();
  });
  expect(bodyOf(await invoke())).toBe("1");
  expect(replies).toEqual([404]);
});
