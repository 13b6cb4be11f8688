import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { cutSilentUploads } from "./silent-uploads.ts";

const SILENT_MS = 150;
const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A connection to a server that answers how much of a body it has read, so long after that has ended. */
async function start({ reads = true, answerAfterMs = 0 } = {}): Promise<Socket> {
  const server = createServer((request, response) => {
    let length = 0;
    const answer = (): unknown => setTimeout(() => response.end(`<${length}>`), answerAfterMs);
    request.on("error", () => undefined);
    if (!reads) return answer();
    request.on("data", (chunk: Buffer) => (length += chunk.byteLength));
    return request.on("end", answer);
  });
  cutSilentUploads(server, SILENT_MS);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  return socket;
}

const head = (length: number): string => `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`;

/** What is received until it contains the text; rejects when the connection closes before. */
async function until(socket: Socket, wanted: string): Promise<void> {
  let received = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) if ((received += String(chunk)).includes(wanted)) return;
  throw new Error(`closed after ${received}`);
}

test("a caller that falls silent in the middle of a body is cut", async () => {
  const socket = await start();
  socket.write(`${head(10)}12345`);
  await expect(until(socket, "<10>")).rejects.toThrow("closed after");
});

test("one that waits long for its answer is not, nor is its next request", async () => {
  const socket = await start({ answerAfterMs: 3 * SILENT_MS });
  socket.write(`${head(5)}12`);
  setImmediate(() => socket.write("345"));
  await until(socket, "<5>");
  socket.write(`${head(2)}12`);
  await until(socket, "<2>");
});

test("one whose body nobody reads, or who has none, is not cut", async () => {
  const socket = await start({ reads: false, answerAfterMs: 5 * SILENT_MS });
  socket.write(`${head(400_000)}${"x".repeat(300_000)}`);
  await until(socket, "<0>");
  const other = await start({ reads: false, answerAfterMs: 5 * SILENT_MS });
  other.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await until(other, "<0>");
});

test("one that goes on slowly is not cut", async () => {
  const socket = await start();
  socket.write(head(8));
  const timer = setInterval(() => socket.write("1"), SILENT_MS / 4);
  await until(socket, "<8>").finally(() => clearInterval(timer));
  expect(socket.destroyed).toBe(false);
});
