/**
 * The server side of the executor's HTTP protocol: a request listener over any {@link Executor}.
 * Specifications are kept as callers PUT them, newest per function version, so that an invoke need
 * only name one. Nothing is run before the reservations were told.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import type { PlainRequest } from "@lambdock/plain-http/plain-server";
import { replyOver, type Reply } from "@lambdock/plain-http/reply";
import type { Executor } from "./port.ts";
import {
  decodeInvokeHead,
  encodeOutcome,
  parseJson,
  paths,
  ProtocolError,
  RESERVATIONS_UNKNOWN_STATUS,
  SPEC_UNKNOWN_STATUS,
  specKey,
  type RetireCommand,
} from "./protocol.ts";

/** The protocol over both of Lambdock's HTTP servers. */
export interface ExecutorHandler {
  /** A request that came whole. */
  readonly serve: (request: PlainRequest, reply: Reply) => true;
  /** Any other. */
  readonly serveNode: (request: IncomingMessage, response: ServerResponse) => void;
}

type Route = (request: Pick<PlainRequest, "headers" | "body">, reply: Reply) => Promise<void>;

const NO_BODY = Buffer.alloc(0);

/** Answers the protocol's requests; `onError` hears of bugs, which the caller sees as 500. */
export function createExecutorHandler(executor: Executor, onError: (error: unknown) => void): ExecutorHandler {
  const known: Known = { specs: new SpecCache(), reservations: false };
  const routes: Readonly<Record<string, Route>> = {
    [`POST ${paths.invoke}`]: (request, reply) => invoke({ executor, known }, request, reply),
    [`PUT ${paths.specs}`]: async ({ body }, reply) => {
      known.specs.put(parseJson(body) as unknown as FunctionSpec);
      reply.send(204, {}, NO_BODY);
    },
    [`PUT ${paths.reservations}`]: async ({ body }, reply) => {
      await executor.reserve(parseJson(body) as unknown as ReservationTable);
      known.reservations = true;
      reply.send(204, {}, NO_BODY);
    },
    [`GET ${paths.allocations}`]: async (_request, reply) => {
      // Nothing is allocated because nothing was told: no answer to who asks how far it is.
      if (!known.reservations) reply.send(RESERVATIONS_UNKNOWN_STATUS, {}, NO_BODY);
      else sendJson(reply, { allocations: await executor.allocations() });
    },
    [`POST ${paths.prepare}`]: async ({ body }, reply) =>
      sendJson(reply, await executor.prepare(parseJson(body) as unknown as FunctionSpec)),
    [`POST ${paths.retire}`]: async ({ body }, reply) => {
      const command = parseJson(body) as unknown as RetireCommand;
      await executor.retire(command.functionArn, command.version, command.keepRevision);
      reply.send(204, {}, NO_BODY);
    },
    [`GET ${paths.health}`]: async (_request, reply) => {
      const health = await executor.health();
      sendJson(reply, health, health.ok ? 200 : 503);
    },
  };
  const serve: ExecutorHandler["serve"] = (request, reply) => {
    const route = routes[`${request.method} ${request.url}`];
    if (route === undefined) reply.send(404, {}, NO_BODY);
    else route(request, reply).catch((error: unknown) => fail(reply, error, onError));
    return true;
  };
  return {
    serve,
    serveNode(request, response) {
      const { method = "", url = "" } = request;
      readBody(request).then(
        (body) => serve({ method, url, headers: flat(request.headers), body, local: "" }, replyOver(response)),
        () => response.destroy(),
      );
    },
  };
}

function flat(headers: IncomingMessage["headers"]): PlainRequest["headers"] {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
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

/** What callers have told since the server started. */
interface Known {
  readonly specs: SpecCache;
  reservations: boolean;
}

async function invoke(
  deps: { readonly executor: Executor; readonly known: Known },
  { headers: given, body: payload }: Parameters<Route>[0],
  reply: Reply,
): Promise<void> {
  const { specKey: key, ...head } = decodeInvokeHead(given);
  if (!deps.known.reservations) return reply.send(RESERVATIONS_UNKNOWN_STATUS, {}, NO_BODY);
  const spec = deps.known.specs.get(key);
  if (spec === undefined) return reply.send(SPEC_UNKNOWN_STATUS, {}, NO_BODY);
  const { status, headers, body } = encodeOutcome(await deps.executor.invoke({ ...head, spec, payload }));
  if (body instanceof Uint8Array) return reply.send(status, headers, body);
  // The frames tell where the stream ends; HTTP's own chunks around them would only cost.
  await pour(body, reply.stream(status, headers));
}

/** Writes chunks as they come, at the reader's pace. A reader that leaves does not stop the function [docs]: the rest is read and dropped. */
async function pour(chunks: AsyncIterable<Uint8Array>, writable: Writable): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (writable.destroyed || writable.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          writable.off("drain", done).off("close", done);
          resolve();
        };
        writable.on("drain", done).on("close", done);
      });
    }
    writable.end();
  } catch (error) {
    // The status is long gone: a connection that breaks is what the reader can still see.
    writable.destroy();
    throw error;
  }
}

/** The whole body. Lengths are bounded by the gateway, the only caller. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

function sendJson(reply: Reply, value: object, status = 200): void {
  reply.send(status, { "content-type": "application/json" }, Buffer.from(JSON.stringify(value)));
}

function fail(reply: Reply, error: unknown, onError: (error: unknown) => void): void {
  const known = error instanceof ProtocolError;
  if (!known) onError(error);
  const message = error instanceof Error ? error.message : String(error);
  reply.send(known ? 400 : 500, { "content-type": "text/plain" }, Buffer.from(message));
}
