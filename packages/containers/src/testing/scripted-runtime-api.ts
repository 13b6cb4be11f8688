import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { RuntimeApiAddress } from "../port.ts";

const RUNTIME = "/2018-06-01/runtime";
const GATE = "/2018-06-01/lambdock/gate";
const ACCEPTED = '{"status":"OK"}\n';

/** A request by which a runtime answered. */
export interface RuntimeAnswer {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly json: () => unknown;
}

/** An invocation to hand out: the payload's text and extra headers; `chunked` sends it without a length. */
export interface ScriptedInvocation {
  readonly payload: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunked?: boolean;
}

interface Pending extends ScriptedInvocation {
  readonly id: string;
  readonly answered: (answer: RuntimeAnswer) => void;
}

/** A Runtime API for one environment that does what a test tells it. Every wait is for something that happens. */
export class ScriptedRuntimeApi {
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waitingGates: ServerResponse[] = [];
  readonly #invocations: Pending[] = [];
  readonly #running = new Map<string, Pending>();
  readonly #watchers: { readonly path: string; readonly count: number; readonly seen: () => void }[] = [];
  readonly #reported: RuntimeAnswer[] = [];
  #waitingRestore: ServerResponse | undefined;
  #waitingNext: ServerResponse | undefined;
  #gateOpen = false;
  #nextId = 1;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("request", (request, response) => void this.#receive(request, response));
  }

  static async listen(): Promise<ScriptedRuntimeApi> {
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ScriptedRuntimeApi(server);
  }

  /** Value of AWS_LAMBDA_RUNTIME_API. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  openGate(): void {
    this.#gateOpen = true;
    for (const response of this.#waitingGates.splice(0)) response.end();
  }

  /** Hands out an invocation; resolves with the answer to it. */
  invoke(payload: unknown, more: Omit<ScriptedInvocation, "payload"> = {}): Promise<RuntimeAnswer> {
    return new Promise((answered) => {
      this.#invocations.push({ id: `request-${this.#nextId++}`, payload: JSON.stringify(payload), ...more, answered });
      this.#handOut();
    });
  }

  /** Resolves when that many requests for the path have arrived. */
  seen(path: "gate" | "next" | "restore", count = 1): Promise<void> {
    const full = path === "gate" ? GATE : path === "restore" ? `${RUNTIME}/restore/next` : `${RUNTIME}/invocation/next`;
    return this.#seenPath(full, count);
  }

  /** Answers `restore/next`, which the runtime has asked for. */
  restore(): void {
    this.#waitingRestore?.end(ACCEPTED);
  }

  /** Resolves with what the runtime posted as its init error, or as an error of its restore. */
  async initError(path: "init/error" | "restore/error" = "init/error"): Promise<RuntimeAnswer> {
    await this.#seenPath(`${RUNTIME}/${path}`, 1);
    const answer = this.#reported.find((each) => each.path === `${RUNTIME}/${path}`);
    if (answer === undefined) throw new Error(`nothing was posted to ${path}`);
    return answer;
  }

  /** Cuts every connection, as a restart or a frozen peer would. */
  dropConnections(): void {
    this.#waitingNext = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (path === GATE) this.#gate(response);
    else if (path === `${RUNTIME}/invocation/next`) this.#next(response);
    else if (path === `${RUNTIME}/restore/next`) this.#waitingRestore = response;
    else
      this.#answered(
        { path, headers: request.headers, trailers: request.trailers, body, json: () => JSON.parse(body.toString("utf8")) as unknown },
        response,
      );
    this.requests.push(path);
    for (const watcher of this.#watchers) this.#notify(watcher);
  }

  #gate(response: ServerResponse): void {
    if (this.#gateOpen) response.end();
    else this.#waitingGates.push(response);
  }

  #next(response: ServerResponse): void {
    this.#waitingNext = response;
    this.#handOut();
  }

  #handOut(): void {
    const response = this.#waitingNext;
    const invocation = response === undefined ? undefined : this.#invocations.shift();
    if (response === undefined || invocation === undefined) return;
    this.#waitingNext = undefined;
    this.#running.set(invocation.id, invocation);
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": invocation.id,
      "Lambda-Runtime-Deadline-Ms": String(Date.now() + 30_000),
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:scripted",
      ...(invocation.chunked ? {} : { "Content-Length": Buffer.byteLength(invocation.payload) }),
      ...invocation.headers,
    });
    response.end(invocation.payload);
  }

  #answered(answer: RuntimeAnswer, response: ServerResponse): void {
    const id = answer.path.split("/").at(-2) ?? "";
    if (answer.path.endsWith("/error")) this.#reported.push(answer);
    this.#running.get(id)?.answered(answer);
    response.writeHead(202, { "Content-Length": ACCEPTED.length }).end(ACCEPTED);
  }

  #seenPath(path: string, count: number): Promise<void> {
    return new Promise((seen) => {
      const watcher = { path, count, seen };
      this.#watchers.push(watcher);
      this.#notify(watcher);
    });
  }

  #notify(watcher: { readonly path: string; readonly count: number; readonly seen: () => void }): void {
    if (this.requests.filter((path) => path === watcher.path).length >= watcher.count) watcher.seen();
  }
}

/** A scripted Runtime API per sandbox, as a driver asks for them. */
export class ScriptedRuntimeApis implements RuntimeApiAddress {
  readonly port = 0;
  readonly #byToken = new Map<string, ScriptedRuntimeApi>();

  async openLoopback(token: string): Promise<string> {
    const api = await ScriptedRuntimeApi.listen();
    this.#byToken.set(token, api);
    return api.address;
  }

  async closeLoopback(token: string): Promise<void> {
    await this.#byToken.get(token)?.close();
  }

  /** The API of a sandbox that was created. */
  of(token: string): ScriptedRuntimeApi {
    const api = this.#byToken.get(token);
    if (api === undefined) throw new Error(`no sandbox with token ${token}`);
    return api;
  }
}
