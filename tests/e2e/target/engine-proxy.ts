import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { once } from "node:events";
import { rm } from "node:fs/promises";

/** A way to the Docker engine that a test can cut, as if the engine had stopped. */
export interface EngineProxy {
  /** For `DOCKER_HOST`. */
  readonly url: string;
  open(): Promise<void>;
  cut(): Promise<void>;
}

/** Forwards a socket at the path to the engine's own. */
export function engineProxy(path: string, engine = "/var/run/docker.sock"): EngineProxy {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  return {
    url: `unix://${path}`,
    async open() {
      const opened = createServer({ allowHalfOpen: true }, (socket) =>
        join(socket, connect({ path: engine, allowHalfOpen: true }), sockets),
      );
      opened.listen(path);
      await once(opened, "listening");
      server = opened;
    },
    async cut() {
      const closed = server;
      server = undefined;
      for (const socket of sockets) socket.destroy();
      if (closed !== undefined) await new Promise((resolve) => closed.close(resolve));
      await rm(path, { force: true });
    },
  };
}

function join(client: Socket, engine: Socket, sockets: Set<Socket>): void {
  for (const [from, to] of [
    [client, engine],
    [engine, client],
  ] as const) {
    sockets.add(from);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  }
}
