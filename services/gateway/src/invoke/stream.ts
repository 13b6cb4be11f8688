/**
 * The answer of InvokeWithResponseStream: an event stream of PayloadChunk events and one
 * InvokeComplete. Status 200 is out before the function has finished, so its errors travel in
 * InvokeComplete. A caller who leaves does not stop the function [docs].
 */
import type { ServerResponse } from "node:http";
import type { InvokeOutcome, StreamCompletion } from "@lambdock/model/invocation";
import { encodeStreamEvent } from "@lambdock/wire/event-stream";
import { view } from "../http/node-bytes.ts";

type Answer = Extract<InvokeOutcome, { kind: "completed" | "streaming" }>;

/** Writes the outcome as events; `headers` are those every invocation answers with. */
export async function sendEventStream(response: ServerResponse, headers: Record<string, string>, outcome: Answer): Promise<void> {
  response.writeHead(200, { ...headers, "content-type": "application/vnd.amazon.eventstream" });
  response.flushHeaders();
  response.end(encodeCompletion(outcome.kind === "streaming" ? await pour(response, outcome) : await whole(response, outcome)));
}

async function pour(response: ServerResponse, outcome: Extract<Answer, { kind: "streaming" }>): Promise<StreamCompletion> {
  try {
    for await (const chunk of outcome.chunks) await write(response, chunk);
    return await outcome.completion;
  } catch (error) {
    // The way to the executor broke: the caller must not take what came so far for the whole.
    return {
      errorCode: "ServiceException",
      errorDetails: JSON.stringify({ errorType: "ServiceException", errorMessage: `The stream broke off: ${(error as Error).message}` }),
    };
  }
}

/** A function that does not stream arrives as a single chunk [docs]; its error only in InvokeComplete. */
async function whole(
  response: ServerResponse,
  { payload, functionError, logTail }: Extract<Answer, { kind: "completed" }>,
): Promise<StreamCompletion> {
  if (functionError === undefined) await write(response, payload);
  return {
    ...(functionError === undefined ? {} : { errorCode: functionError, errorDetails: view(payload).toString() }),
    ...(logTail === undefined ? {} : { logTail }),
  };
}

/** Writes one chunk at the caller's pace; drops it when the caller is gone. */
async function write(response: ServerResponse, payload: Uint8Array): Promise<void> {
  if (
    response.destroyed ||
    response.write(encodeStreamEvent({ eventType: "PayloadChunk", contentType: "application/octet-stream", payload }))
  )
    return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

function encodeCompletion({ errorCode, errorDetails, logTail }: StreamCompletion): Uint8Array {
  const complete = {
    ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
    ...(errorDetails === undefined ? {} : { ErrorDetails: errorDetails }),
    ...(logTail === undefined ? {} : { LogResult: view(logTail).toString("base64") }),
  };
  return encodeStreamEvent({
    eventType: "InvokeComplete",
    contentType: "application/json",
    payload: Buffer.from(JSON.stringify(complete)),
  });
}
