import { Connection, type ExchangeRequest, type Peer } from "./connection.ts";
import type { OutcomeResponse } from "./protocol.ts";

/** Milliseconds that an idle connection is kept. */
const IDLE_MS_MAX = 60_000;
const SWEEP_INTERVAL_MS = 15_000;

/** Connections to one executor: as many as there are exchanges at a time, the one used last first. */
export class ConnectionPool {
  readonly #peer: Peer;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #sweep: NodeJS.Timeout;
  #closed: (() => void) | undefined;

  constructor(peer: Peer) {
    this.#peer = peer;
    this.#sweep = setInterval(() => this.#closeIdle(Date.now() - IDLE_MS_MAX), SWEEP_INTERVAL_MS);
    this.#sweep.unref();
  }

  /** Sends a request over a free connection, or a new one; rejects when no response head comes back. */
  send(request: ExchangeRequest): Promise<OutcomeResponse> {
    if (this.#closed !== undefined) return Promise.reject(new Error("the connections were closed"));
    return (this.#idle.pop() ?? this.#open()).exchange(request);
  }

  /** Resolves when the running exchanges are over and every connection is closed. */
  close(): Promise<void> {
    clearInterval(this.#sweep);
    return new Promise((resolve) => {
      this.#closed = () => (this.#all.size === 0 ? resolve() : undefined);
      this.#closeIdle(Infinity);
      this.#closed();
    });
  }

  #open(): Connection {
    const connection = new Connection(this.#peer, {
      idle: (idle) => this.#release(idle),
      closed: (closed) => this.#forget(closed),
    });
    this.#all.add(connection);
    return connection;
  }

  #release(connection: Connection): void {
    if (this.#closed !== undefined) return connection.destroy();
    connection.idleSince = Date.now();
    this.#idle.push(connection);
  }

  #forget(connection: Connection): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    this.#closed?.();
  }

  #closeIdle(olderThan: number): void {
    for (const connection of this.#idle) if (connection.idleSince <= olderThan) connection.destroy();
  }
}
