import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connection } from "./engine-under-test.ts";

/** A door to the engine that can be shut, as if the engine had stopped. */
export interface EngineProxy {
  readonly socketPath: string;
  open(): Promise<void>;
  /** Cuts every connection and answers no more. */
  shut(): Promise<void>;
}

export async function createEngineProxy(): Promise<EngineProxy> {
  const socketPath = join(mkdtempSync(join(tmpdir(), "lambdock-proxy-")), "docker.sock");
  const sockets = new Set<Socket>();
  let server: Server;
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.once("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  };
  const open = async (): Promise<void> => {
    server = createServer((client) => {
      const engine = track("socketPath" in connection ? connect(connection.socketPath) : connect(connection.port, connection.host));
      track(client).pipe(engine).pipe(client);
      client.once("close", () => engine.destroy());
      engine.once("close", () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  };
  await open();
  return {
    socketPath,
    open,
    async shut() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      rmSync(socketPath, { force: true });
    },
  };
}
