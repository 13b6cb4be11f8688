/** InvokeWithResponseStream. invoke.md 8. */
import { expect, test } from "@jest/globals";
import { InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import type { InvokeWithResponseStreamCompleteEvent } from "@aws-sdk/client-lambda";
import { lambdaClient } from "./support/clients.ts";
import { createDeployer, uniqueName } from "./support/deploy.ts";
import { rawInvoke } from "./support/raw-request.ts";

const client = lambdaClient();
const deploy = createDeployer(client);

interface Streamed {
  readonly contentType: string | undefined;
  readonly executedVersion: string | undefined;
  /** Each chunk's text with the milliseconds since the request. */
  readonly chunks: readonly { readonly text: string; readonly atMs: number }[];
  readonly complete: InvokeWithResponseStreamCompleteEvent;
  readonly endedMs: number;
}

let shared: Promise<string> | undefined;
const streaming = async (): Promise<string> => (shared ??= deploy({ fixture: "stream", Timeout: 20 }));

async function stream(name: string, event: unknown, tail = false): Promise<Streamed> {
  const started = performance.now();
  const sinceStart = (): number => performance.now() - started;
  const output = await client.send(
    new InvokeWithResponseStreamCommand({
      FunctionName: name,
      Payload: Buffer.from(JSON.stringify(event)),
      ...(tail ? { LogType: "Tail" as const } : {}),
    }),
  );
  const chunks: { text: string; atMs: number }[] = [];
  let complete: InvokeWithResponseStreamCompleteEvent | undefined;
  for await (const frame of output.EventStream!) {
    if (frame.PayloadChunk !== undefined) chunks.push({ text: Buffer.from(frame.PayloadChunk.Payload!).toString(), atMs: sinceStart() });
    if (frame.InvokeComplete !== undefined) complete = frame.InvokeComplete;
  }
  if (complete === undefined) throw new Error("the stream ended without InvokeComplete");
  return {
    contentType: output.ResponseStreamContentType,
    executedVersion: output.ExecutedVersion,
    chunks,
    complete,
    endedMs: sinceStart(),
  };
}

const textOf = (streamed: Streamed): string => streamed.chunks.map((chunk) => chunk.text).join("");

test("Chunks arrive while the function still runs, then InvokeComplete without an error", async () => {
  const streamed = await stream(await streaming(), { chunks: 4, pauseMs: 400 });
  expect(textOf(streamed)).toBe("chunk 0;chunk 1;chunk 2;chunk 3;");
  expect(streamed.chunks.length).toBeGreaterThanOrEqual(4);
  expect(streamed.endedMs - streamed.chunks[0]!.atMs).toBeGreaterThan(1_000);
  expect(streamed.complete.ErrorCode).toBeUndefined();
  expect(streamed.contentType).toBe("application/vnd.amazon.eventstream");
  expect(streamed.executedVersion).toBe("$LATEST");
});

test("An error in midstream is in InvokeComplete, after the chunks that were sent", async () => {
  const streamed = await stream(await streaming(), { chunks: 2, pauseMs: 20, fail: "broke off" });
  expect(textOf(streamed)).toBe("chunk 0;chunk 1;");
  expect(streamed.complete.ErrorCode).toBe("Unhandled");
  expect(JSON.parse(streamed.complete.ErrorDetails!)).toMatchObject({ errorType: "Error", errorMessage: "broke off" });
});

test("A timeout in midstream is in InvokeComplete", async () => {
  const name = await deploy({ fixture: "stream", Timeout: 1 });
  const streamed = await stream(name, { chunks: 50, pauseMs: 200 });
  expect(textOf(streamed)).toMatch(/^chunk 0;chunk 1;/);
  expect(streamed.complete.ErrorCode).toBe("Unhandled");
  expect(streamed.complete.ErrorDetails).toContain("Task timed out after 1.00 seconds");
});

test("LogType Tail comes in InvokeComplete", async () => {
  const streamed = await stream(await streaming(), { chunks: 1 }, true);
  expect(Buffer.from(streamed.complete.LogResult!, "base64").toString()).toMatch(/^START RequestId: [\s\S]*\nREPORT RequestId: /);
});

test("A function that does not stream arrives as a single chunk", async () => {
  const name = await deploy({ fixture: "version" });
  const streamed = await stream(name, {});
  expect(streamed.chunks.map((chunk) => chunk.text)).toEqual(['{"version":1,"colour":null}']);
  expect(streamed.complete.ErrorCode).toBeUndefined();
});

test("The error of a function that does not stream is in InvokeComplete", async () => {
  const name = await deploy({ fixture: "failures" });
  const streamed = await stream(name, { how: "error" });
  expect(streamed.complete.ErrorCode).toBe("Unhandled");
  expect(JSON.parse(streamed.complete.ErrorDetails!)).toMatchObject({ errorType: "OrderError", errorMessage: "no such order" });
});

test("A streaming function called by plain Invoke is buffered", async () => {
  const response = await rawInvoke(await streaming(), '{"chunks":2}');
  expect(response.text).toBe("chunk 0;chunk 1;");
});

test("5 MB stream through unharmed", async () => {
  const name = await deploy({ fixture: "large-stream", Timeout: 30, MemorySize: 1769 });
  const streamed = await stream(name, {});
  const text = textOf(streamed);
  expect(text).toHaveLength(5 * 1024 * 1024);
  expect(/^a+$/.test(text)).toBe(true);
  expect(streamed.complete.ErrorCode).toBeUndefined();
});

test("An unknown function cannot be streamed from", async () => {
  await expect(stream(uniqueName("missing"), {})).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("After a failed stream the environment answers again", async () => {
  const name = await streaming();
  await stream(name, { chunks: 1, fail: "broke off" });
  expect(textOf(await stream(name, { chunks: 1 }))).toBe("chunk 0;");
});
