import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { networkInterfaces } from "node:os";
import { afterEach, expect, test } from "@jest/globals";
import { KEEP_ALIVE_MS, listen, serveHttp, type ListeningServer } from "./listening-server.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const withIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses!.some(({ address }) => address === "::1"))
  ? test
  : test.skip;
const servers: ListeningServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close(0))));

/** A server that answers when the test does. */
async function patient(at = LOOPBACK): Promise<{ readonly server: ListeningServer; readonly asked: Promise<ServerResponse> }> {
  const http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  const asked = once(http, "request").then(([, response]) => response as ServerResponse);
  const server = await serveHttp(http, at);
  servers.push(server);
  return { server, asked };
}

test("a server closes once what runs is finished, not when its clients let go; nothing more is accepted", async () => {
  const { server, asked } = await patient();
  const answer = fetch(server.address);
  const response = await asked;
  const closed = server.close(600_000);
  await expect(fetch(server.address)).rejects.toThrow("fetch failed");
  response.end("whole");
  expect(await (await answer).text()).toBe("whole");
  await closed;
});

test("what does not end is cut at the deadline", async () => {
  const { server, asked } = await patient();
  const answer = fetch(server.address).catch((error: Error) => error.message);
  await asked;
  await server.close(20);
  expect(await answer).toBe("fetch failed");
});

test("the address names the port that was taken", async () => {
  const { server } = await patient();
  expect(server.port).toBeGreaterThan(0);
  expect(server.address).toBe(`http://127.0.0.1:${server.port}`);
});

withIpv6("an IPv6 host stands in brackets", async () => {
  const { server, asked } = await patient({ host: "::1", port: 0 });
  expect(server.address).toBe(`http://[::1]:${server.port}`);
  const answer = fetch(server.address);
  (await asked).end();
  expect((await answer).status).toBe(200);
});

test("a port that another server has is refused", async () => {
  const { server } = await patient();
  await expect(listen(createServer(), { host: "127.0.0.1", port: server.port })).rejects.toThrow("EADDRINUSE");
});
