import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RuntimeApiAddress } from "../../port.ts";

/** A request that a function of the conformance suite made; it waits for `release`. */
export interface HeldRequest {
  readonly body: string;
  /** Answers 200. */
  release(text?: string): void;
  /** Resolves when the function's end of the connection is closed. */
  readonly closed: Promise<void>;
}

/**
 * The edge of the conformance suite: an HTTP server in place of the Runtime API that holds every
 * request until the test releases it, so that a test knows where each function stands.
 */
export class ConformanceRuntimeApi implements RuntimeApiAddress {
  readonly #server: Server;
  readonly #loopbacks = new Map<string, string>();
  readonly #arrived = new Map<string, HeldRequest[]>();
  readonly #awaited = new Map<string, ((request: HeldRequest) => void)[]>();
  #hosts = 1;

  private constructor() {
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  /** Listens on every address: containers come through the gateway of their network. */
  static async listen(): Promise<ConformanceRuntimeApi> {
    const api = new ConformanceRuntimeApi();
    await new Promise<void>((resolve, reject) => api.#server.once("error", reject).listen(0, "0.0.0.0", resolve));
    return api;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  openLoopback(token: string): Promise<string> {
    const address = `127.77.${this.#hosts >> 8}.${this.#hosts++ & 255}`;
    this.#loopbacks.set(address, token);
    return Promise.resolve(`${address}:${this.port}`);
  }

  closeLoopback(token: string): Promise<void> {
    for (const [address, owner] of this.#loopbacks) if (owner === token) this.#loopbacks.delete(address);
    return Promise.resolve();
  }

  /** The next request of that sandbox to `/<step>`. */
  request(token: string, step: string): Promise<HeldRequest> {
    const key = `${token}/${step}`;
    const here = this.#arrived.get(key)?.shift();
    if (here !== undefined) return Promise.resolve(here);
    return new Promise((resolve) => this.#awaited.set(key, [...(this.#awaited.get(key) ?? []), resolve]));
  }

  /** True when a request to that step is waiting to be taken. */
  hasArrived(token: string, step: string): boolean {
    return (this.#arrived.get(`${token}/${step}`)?.length ?? 0) > 0;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const host = request.headers.host ?? "";
    const token = this.#loopbacks.get(host.replace(/:\d+$/, "")) ?? host.split(".")[0] ?? "";
    const held: HeldRequest = {
      body,
      release: (text = "") => void response.end(text),
      closed: new Promise((resolve) => request.socket.once("close", () => resolve())),
    };
    const key = `${token}${request.url ?? ""}`;
    const taker = this.#awaited.get(key)?.shift();
    if (taker !== undefined) taker(held);
    else this.#arrived.set(key, [...(this.#arrived.get(key) ?? []), held]);
  }
}
