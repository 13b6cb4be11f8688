/** How servers take a port, and how they give it back. */
import type { Server as HttpServer } from "node:http";
import type { AddressInfo, Server } from "node:net";

/** Where a server listens. */
export interface ListenAt {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** An HTTP server that listens. */
export interface ListeningServer {
  /** Its URL, such as `http://127.0.0.1:4576`. */
  readonly address: string;
  /** The one that was taken. */
  readonly port: number;
  /** Accepts nothing more; cuts what still runs after the deadline, milliseconds from now. */
  close(deadlineMs: number): Promise<void>;
}

/** Milliseconds that an idle connection is kept: longer than SDKs keep theirs, so that they are the ones to close. */
export const KEEP_ALIVE_MS = 75_000;
/** Between looks at connections of a server that closes. */
const IDLE_LOOK_MS = 20;

/** Has an HTTP server listen; rejects when the port is taken. */
export async function serveHttp(server: HttpServer, at: ListenAt): Promise<ListeningServer> {
  const port = await listen(server, at);
  return { address: addressOf({ host: at.host, port }), port, close: (deadlineMs) => close(server, deadlineMs) };
}

/** The URL of an HTTP server. */
export function addressOf({ host, port }: ListenAt): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Has any server listen; answers the port that it took, and rejects when that is another's. */
export async function listen(server: Server, { host, port }: ListenAt): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function close(server: HttpServer, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    // A connection that is idle only now that its request was answered would hold the server until the deadline.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
