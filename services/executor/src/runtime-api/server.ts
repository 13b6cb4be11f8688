import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RuntimeApiAddress } from "@lambdock/containers/port";
import { createPlainServer, type PlainRequest, type PlainServer } from "@lambdock/plain-http/plain-server";
import { replyOver, type Reply } from "@lambdock/plain-http/reply";
import { RESPONSE_BYTES_MAX } from "@lambdock/model/limits";
import { routeTelemetry } from "../telemetry/telemetry-route.ts";
import { routeExtension } from "./extension-routes.ts";
import { replyError } from "./replies.ts";
import { comingRequest, wholeRequest, type RuntimeRequest } from "./runtime-request.ts";
import type { RuntimeSession } from "./session.ts";

const INVOCATION = "/2018-06-01/runtime/invocation/";

/**
 * The Runtime API for all execution environments on one port. An environment is told apart by the
 * unguessable host name that it calls (`<token>.…` in the Host header); a child process, for which
 * no host name can be made up, by a loopback listener of its own. Without either there is no
 * session: a function cannot reach another's Runtime API.
 */
export class RuntimeApiServer implements RuntimeApiAddress {
  readonly #servers: PlainServer[] = [];
  readonly #sessions = new Map<string, RuntimeSession>();
  readonly #loopbacks = new Map<string, PlainServer>();
  readonly #tokenOfLoopback = new Map<string, string>();
  #port = 0;

  /** Listens on each of the hosts at the same port (0: any free one, chosen by the first). */
  async listen(hosts: readonly string[], port: number): Promise<void> {
    this.#port = port;
    for (const host of hosts) {
      const server = await this.#listenOn(this.#port, host);
      this.#port = (server.tcp.address() as AddressInfo).port;
      this.#servers.push(server);
    }
  }

  get port(): number {
    return this.#port;
  }

  /** Makes the environment with this token known. */
  attach(token: string, session: RuntimeSession): void {
    this.#sessions.set(token, session);
  }

  detach(token: string): void {
    this.#sessions.delete(token);
  }

  async openLoopback(token: string): Promise<string> {
    const server = await this.#listenOn(0, "127.0.0.1");
    const authority = `127.0.0.1:${(server.tcp.address() as AddressInfo).port}`;
    this.#loopbacks.set(token, server);
    this.#tokenOfLoopback.set(authority, token);
    return authority;
  }

  async closeLoopback(token: string): Promise<void> {
    const server = this.#loopbacks.get(token);
    if (server === undefined) return;
    this.#loopbacks.delete(token);
    this.#tokenOfLoopback.delete(`127.0.0.1:${(server.tcp.address() as AddressInfo).port}`);
    await server.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers, ...this.#loopbacks.values()].map((server) => server.close()));
  }

  async #listenOn(port: number, host: string): Promise<PlainServer> {
    // The runtime waits in `next`, and streams its response, for as long as it takes: no time limits.
    const unlimited = { keepAlive: true, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };
    const behind = createServer(unlimited, (request, response) => this.#serveNode(request, response));
    const server = createPlainServer({
      behind,
      bodyBytesMax: RESPONSE_BYTES_MAX,
      serve: (request, reply) => {
        this.#route(request, wholeRequest(request), reply);
        return true;
      },
    });
    await new Promise<void>((resolve, reject) => {
      server.tcp.once("error", reject);
      server.tcp.listen(port, host, () => resolve());
    });
    return server;
  }

  #serveNode(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url = "", socket } = request;
    const body = comingRequest(request);
    this.#route({ method, url, headers: body.headers, local: `${socket.localAddress}:${socket.localPort}` }, body, replyOver(response));
  }

  #sessionOf({ headers, local }: RequestLine): RuntimeSession | undefined {
    const host = headers["host"] ?? "";
    const dot = host.indexOf(".");
    const byName = dot > 0 ? this.#sessions.get(host.slice(0, dot)) : undefined;
    if (byName !== undefined) return byName;
    const token = this.#tokenOfLoopback.get(local);
    return token === undefined ? undefined : this.#sessions.get(token);
  }

  #route(line: RequestLine, request: RuntimeRequest, reply: Reply): void {
    const { method, url } = line;
    if (url === "/2018-06-01/ping") {
      reply.send(200, {}, Buffer.from("pong"));
      return;
    }
    const session = this.#sessionOf(line);
    if (session === undefined) {
      replyError(reply, 403, { errorType: "InvalidRequestID", errorMessage: "This host name belongs to no execution environment" });
      return;
    }
    if (method === "GET" && url === "/2018-06-01/runtime/invocation/next") session.next(reply);
    else if (method === "POST" && url.startsWith(INVOCATION)) answer(session, { url, request, reply });
    else routeRest(session, { line, request, reply });
  }
}

type RequestLine = Omit<PlainRequest, "body">;

/** `…/invocation/{id}/response` and `…/invocation/{id}/error`. */
function answer(
  session: RuntimeSession,
  { url, request, reply }: { readonly url: string; readonly request: RuntimeRequest; readonly reply: Reply },
): void {
  const [requestId = "", verb = ""] = url.slice(INVOCATION.length).split("/");
  if (verb === "response") session.response(requestId, request, reply);
  else if (verb === "error") session.error(requestId, request, reply);
  else unknown(reply, url);
}

function routeRest(
  session: RuntimeSession,
  { line, request, reply }: { readonly line: RequestLine; readonly request: RuntimeRequest; readonly reply: Reply },
): void {
  switch (`${line.method} ${line.url}`) {
    case "POST /2018-06-01/runtime/init/error":
      session.initError(request, reply);
      return;
    case "GET /2018-06-01/runtime/restore/next":
      session.restoreNext(reply);
      return;
    case "POST /2018-06-01/runtime/restore/error":
      session.restoreError(request, reply);
      return;
    case "GET /2018-06-01/lambdock/gate":
      session.gate(reply);
      return;
    default:
      if (routeTelemetry(session.telemetryTarget, { line, request, reply })) return;
      if (routeExtension(session.extensions, { line, request, reply })) return;
      request.collect(0, () => undefined);
      unknown(reply, line.url);
  }
}

function unknown(reply: Reply, url: string): void {
  replyError(reply, 404, { errorType: "NotFound", errorMessage: `Lambdock's Runtime API does not serve ${url}` });
}
