import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ListeningServer } from "./listening-server.ts";
import { serveStatus } from "./status-server.ts";

let failure: Error | undefined;
let server: ListeningServer;
beforeAll(async () => {
  const registry = { contentType: "text/plain; version=0.0.4", metrics: () => Promise.resolve("Invocations 3\n") };
  const healthy = (): Promise<void> => (failure === undefined ? Promise.resolve() : Promise.reject(failure));
  server = await serveStatus({ registry, healthy }, { host: "127.0.0.1", port: 0 });
});
afterAll(() => server.close(0));

async function ask(path: string): Promise<{ readonly status: number; readonly text: string; readonly type: string | null }> {
  const response = await fetch(`${server.address}${path}`);
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
}

test("health is 200 while the service can work, and 503 with the reason while it can't", async () => {
  expect(await ask("/health")).toMatchObject({ status: 200, text: "ok\n" });
  failure = new Error("Redis does not answer.");
  expect(await ask("/health")).toMatchObject({ status: 503, text: "Redis does not answer.\n" });
});

test("metrics have the registry's text and type; there is nothing else", async () => {
  expect(await ask("/metrics")).toEqual({ status: 200, text: "Invocations 3\n", type: "text/plain; version=0.0.4" });
  expect(await ask("/")).toMatchObject({ status: 404 });
});
