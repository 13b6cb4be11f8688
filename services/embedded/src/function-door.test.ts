import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { openFunctionDoor } from "./function-door.ts";

/** Loopback has addresses to spare on Linux: one stands for the network of the functions. */
const OUTSIDE = "127.0.0.2";
const onLinux = process.platform === "linux" ? test : test.skip;
const servers: { close(): unknown; closeAllConnections?(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

async function listening(server: Server, host: string, port = 0): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as AddressInfo).port;
}

onLinux("requests to the functions' address reach the gateway on loopback, bodies and all", async () => {
  const port = await listening(
    createServer((request, response) => request.pipe(response)),
    "127.0.0.1",
  );
  servers.push((await openFunctionDoor(OUTSIDE, port))!);
  const body = "x".repeat(300_000);
  const answer = await fetch(`http://${OUTSIDE}:${port}/`, { method: "POST", body });
  expect(await answer.text()).toBe(body);
});

onLinux("a port that is taken there leaves the door shut", async () => {
  const port = await listening(createServer(), OUTSIDE);
  expect(await openFunctionDoor(OUTSIDE, port)).toBeUndefined();
});
