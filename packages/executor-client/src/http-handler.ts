/**
 * The server side of the executor's HTTP protocol: a request listener over any {@link Executor}.
 * Specifications are kept as callers PUT them, newest per function version, so that an invoke need
 * only name one.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { Executor } from "./port.ts";
import {
  decodeInvokeHead,
  encodeOutcome,
  parseJson,
  paths,
  ProtocolError,
  SPEC_UNKNOWN_STATUS,
  specKey,
  type RetireCommand,
} from "./protocol.ts";

/** Answers the protocol's requests; `onError` hears of bugs, which the caller sees as 500. */
export function createExecutorHandler(
  executor: Executor,
  onError: (error: unknown) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  const specs = new SpecCache();
  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>> = {
    [`POST ${paths.invoke}`]: (request, response) => invoke({ executor, specs }, request, response),
    [`PUT ${paths.specs}`]: async (request, response) => {
      specs.put((await readJson(request)) as unknown as FunctionSpec);
      response.writeHead(204).end();
    },
    [`POST ${paths.prepare}`]: async (request, response) =>
      sendJson(response, await executor.prepare((await readJson(request)) as unknown as FunctionSpec)),
    [`POST ${paths.retire}`]: async (request, response) => {
      const command = (await readJson(request)) as unknown as RetireCommand;
      await executor.retire(command.functionArn, command.version, command.keepRevision);
      response.writeHead(204).end();
    },
    [`GET ${paths.health}`]: async (_request, response) => {
      const health = await executor.health();
      sendJson(response, health, health.ok ? 200 : 503);
    },
  };
  return (request, response) => {
    const route = routes[`${request.method} ${request.url}`];
    if (route === undefined) {
      response.writeHead(404, { "content-length": "0" }).end();
      return;
    }
    route(request, response).catch((error: unknown) => fail(response, error, onError));
  };
}

/** The specifications that callers have PUT: one per function version, the newest. */
class SpecCache {
  readonly #byVersion = new Map<string, { readonly key: string; readonly spec: FunctionSpec }>();

  put(spec: FunctionSpec): void {
    this.#byVersion.set(`${spec.functionArn}|${spec.version}`, { key: specKey(spec), spec });
  }

  get(key: string): FunctionSpec | undefined {
    const entry = this.#byVersion.get(key.slice(0, key.lastIndexOf("|")));
    return entry?.key === key ? entry.spec : undefined;
  }
}

async function invoke(
  deps: { readonly executor: Executor; readonly specs: SpecCache },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { specKey: key, ...head } = decodeInvokeHead(request.headers);
  const payload = await readBody(request);
  const spec = deps.specs.get(key);
  if (spec === undefined) {
    response.writeHead(SPEC_UNKNOWN_STATUS, { "content-length": "0" }).end();
    return;
  }
  const { status, headers, body } = encodeOutcome(await deps.executor.invoke({ ...head, spec, payload }));
  if (!(body instanceof Uint8Array)) return pour(body, response, headers);
  response.writeHead(status, headers);
  response.end(body);
}

/** Writes chunks as they come, at the reader's pace. A reader that leaves does not stop the function [docs]: the rest is read and dropped. */
async function pour(chunks: AsyncIterable<Uint8Array>, response: ServerResponse, headers: Readonly<Record<string, string>>): Promise<void> {
  // The frames tell where the stream ends; HTTP's own chunks around them would only cost.
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, { ...headers, connection: "close" });
  response.flushHeaders();
  for await (const chunk of chunks) {
    if (response.destroyed || response.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off("drain", done).off("close", done);
        resolve();
      };
      response.on("drain", done).on("close", done);
    });
  }
  response.end();
}

/** The whole body. Lengths are bounded by the gateway, the only caller. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  return parseJson(await readBody(request));
}

function sendJson(response: ServerResponse, value: object, status = 200): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { "content-type": "application/json", "content-length": body.byteLength }).end(body);
}

function fail(response: ServerResponse, error: unknown, onError: (error: unknown) => void): void {
  if (!(error instanceof ProtocolError)) onError(error);
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) response.destroy();
  else
    response
      .writeHead(error instanceof ProtocolError ? 400 : 500, { "content-type": "text/plain", "content-length": Buffer.byteLength(message) })
      .end(message);
}
