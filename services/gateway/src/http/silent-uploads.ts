/**
 * Callers that fall silent in the middle of a body. `node:http` would see to them itself, but only on
 * a server that listens; ours is handed its connections, and would keep what such a caller has sent,
 * up to 70 MB, until the operating system notices.
 */
import type { IncomingMessage, Server } from "node:http";

/**
 * Cuts connections on which nothing came for so long (milliseconds, at most twice as long) while a
 * body was still to come. Slow answers, and bodies that nobody reads, are no matter of it.
 */
export function cutSilentUploads(server: Server, silentMs: number): void {
  server.on("request", (request: IncomingMessage) => {
    if (announcesBody(request)) watch(request, silentMs);
  });
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function watch(request: IncomingMessage, silentMs: number): void {
  const { socket } = request;
  let seen = socket.bytesRead;
  const timer = setInterval(() => {
    if (request.complete) return clearInterval(timer);
    const isSilent = socket.bytesRead === seen && request.readableLength === 0;
    seen = socket.bytesRead;
    if (isSilent) socket.destroy();
  }, silentMs).unref();
  const stop = (): void => clearInterval(timer);
  request.once("end", stop).once("close", stop);
}
