import { inspect } from "node:util";
import { expect, test } from "@jest/globals";
import { createEngine } from "./engine.ts";

test("docker-modem, which writes out its agent for each request, finds no sockets and no requests in it", async () => {
  const engine = createEngine({ socketPath: "/nowhere/docker.sock" }, 4);
  const agent = await engine.call(async ({ modem }) => (modem as unknown as { readonly agent: object }).agent);
  expect(inspect({ agent }, { showHidden: true, depth: null })).toBe("{ agent: EngineAgent }");
  engine.close();
});
