import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RuntimeApiAddress } from "@lambdock/containers/port";
import { replyError } from "./replies.ts";
import type { RuntimeSession } from "./session.ts";

const INVOCATION = "/2018-06-01/runtime/invocation/";

/**
 * The Runtime API for all execution environments on one port. An environment is told apart by the
 * unguessable host name that it calls (`<token>.…` in the Host header); a child process, for which
 * no host name can be made up, by a loopback listener of its own. Without either there is no
 * session: a function cannot reach another's Runtime API.
 */
export class RuntimeApiServer implements RuntimeApiAddress {
  readonly #servers: Server[] = [];
  readonly #sessions = new Map<string, RuntimeSession>();
  readonly #loopbacks = new Map<string, Server>();
  readonly #tokenOfLoopback = new Map<string, string>();
  #port = 0;

  /** Listens on each of the hosts at the same port (0: any free one, chosen by the first). */
  async listen(hosts: readonly string[], port: number): Promise<void> {
    this.#port = port;
    for (const host of hosts) {
      const server = await this.#listenOn(this.#port, host);
      this.#port = (server.address() as AddressInfo).port;
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
    const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#loopbacks.set(token, server);
    this.#tokenOfLoopback.set(authority, token);
    return authority;
  }

  async closeLoopback(token: string): Promise<void> {
    const server = this.#loopbacks.get(token);
    if (server === undefined) return;
    this.#loopbacks.delete(token);
    this.#tokenOfLoopback.delete(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    end(server);
  }

  async close(): Promise<void> {
    for (const server of [...this.#servers, ...this.#loopbacks.values()]) end(server);
  }

  /** The runtime waits in `next` for as long as it takes: no time limits. */
  async #listenOn(port: number, host: string): Promise<Server> {
    const server = createServer({ keepAlive: true, keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }, (request, response) =>
      this.#route(request, response),
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => resolve());
    });
    return server;
  }

  #sessionOf(request: IncomingMessage): RuntimeSession | undefined {
    const host = request.headers.host ?? "";
    const dot = host.indexOf(".");
    const byName = dot > 0 ? this.#sessions.get(host.slice(0, dot)) : undefined;
    if (byName !== undefined) return byName;
    const token = this.#tokenOfLoopback.get(`${request.socket.localAddress}:${request.socket.localPort}`);
    return token === undefined ? undefined : this.#sessions.get(token);
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? "";
    if (url === "/2018-06-01/ping") {
      response.end("pong");
      return;
    }
    const session = this.#sessionOf(request);
    if (session === undefined) {
      replyError(response, 403, { errorType: "InvalidRequestID", errorMessage: "This host name belongs to no execution environment" });
      return;
    }
    if (url === "/2018-06-01/runtime/invocation/next") session.next(response);
    else if (request.method === "POST" && url.startsWith(INVOCATION)) answer(session, request, response);
    else routeRest(session, request, response);
  }
}

/** `…/invocation/{id}/response` and `…/invocation/{id}/error`. */
function answer(session: RuntimeSession, request: IncomingMessage, response: ServerResponse): void {
  const [requestId = "", verb = ""] = (request.url ?? "").slice(INVOCATION.length).split("/");
  if (verb === "response") session.response(requestId, request, response);
  else if (verb === "error") session.error(requestId, request, response);
  else unknown(response, request.url);
}

function routeRest(session: RuntimeSession, request: IncomingMessage, response: ServerResponse): void {
  switch (`${request.method} ${request.url}`) {
    case "POST /2018-06-01/runtime/init/error":
      session.initError(request, response);
      return;
    case "GET /2018-06-01/lambdock/gate":
      session.gate(response);
      return;
    case "PUT /2022-07-01/telemetry":
    case "PUT /2020-08-15/logs":
      // What the Runtime Interface Emulator answers where there is no telemetry.
      request.resume();
      replyError(response, 202, { errorType: "Telemetry.NotSupported", errorMessage: "Telemetry API is not supported" });
      return;
    default:
      request.resume();
      unknown(response, request.url);
  }
}

function unknown(response: ServerResponse, url: string | undefined): void {
  replyError(response, 404, { errorType: "NotFound", errorMessage: `Lambdock's Runtime API does not serve ${url ?? ""}` });
}

function end(server: Server): void {
  server.close();
  server.closeAllConnections();
}
