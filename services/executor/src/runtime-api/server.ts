import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from "node:net";
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
  readonly #http: Server;
  readonly #extraListeners: { readonly host: string; readonly server: TcpServer }[] = [];
  readonly #sessions = new Map<string, RuntimeSession>();
  readonly #loopbacks = new Map<string, TcpServer>();
  readonly #tokenOfLoopback = new Map<string, string>();
  #port = 0;

  constructor() {
    this.#http = createServer({ keepAlive: true, keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }, (request, response) => this.#route(request, response));
  }

  /** Listens on each of the hosts at the same port (0: any free one, chosen by the first). */
  async listen(hosts: readonly string[], port: number): Promise<void> {
    this.#port = port;
    for (const host of hosts) {
      const server = createTcpServer((socket) => void this.#http.emit("connection", socket));
      await listening(server, this.#port, host);
      this.#port = (server.address() as AddressInfo).port;
      this.#extraListeners.push({ host, server });
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
    const server = createTcpServer((socket) => void this.#http.emit("connection", socket));
    await listening(server, 0, "127.0.0.1");
    const { port } = server.address() as AddressInfo;
    this.#loopbacks.set(token, server);
    this.#tokenOfLoopback.set(`127.0.0.1:${port}`, token);
    return `127.0.0.1:${port}`;
  }

  async closeLoopback(token: string): Promise<void> {
    const server = this.#loopbacks.get(token);
    if (server === undefined) return;
    const { port } = server.address() as AddressInfo;
    this.#loopbacks.delete(token);
    this.#tokenOfLoopback.delete(`127.0.0.1:${port}`);
    server.close();
  }

  async close(): Promise<void> {
    for (const { server } of this.#extraListeners) server.close();
    for (const server of this.#loopbacks.values()) server.close();
    this.#http.closeAllConnections();
    this.#http.close();
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

function listening(server: TcpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
