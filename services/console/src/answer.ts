import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers with JSON that nobody keeps. */
export function sendJson(response: ServerResponse, status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    ...headers,
    "content-type": "application/json",
    "content-length": text.byteLength,
    "cache-control": "no-store",
  });
  response.end(text);
}

/** The sentence goes where callers look for it, whichever API they think they speak. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { message, Message: message });
}

/** A small JSON body; `undefined` when it is none or too long. */
export async function readJson(request: IncomingMessage, bytesMax = 16_384): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length <= bytesMax) chunks.push(chunk);
  }
  if (length > bytesMax) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
