/**
 * Floor of the cold start: create a container, start it, and get the first answer of its runtime,
 * by plain Docker API calls on the default bridge network. Nothing is made ahead.
 */
import { createServer } from "node:http";
import { docker, removeContainer } from "../docker-api.mjs";
import { containerSpec } from "./runtime-container.mjs";

/** Prepares the floor: `start()` runs one cold start, `close()` ends the server. */
export async function dockerStartFloor({ runtime, taskDirectory, memoryMegabytes, event }) {
  const payload = Buffer.from(JSON.stringify(event));
  const nextHeaders = () => ({
    "content-type": "application/json",
    "content-length": payload.length,
    "lambda-runtime-aws-request-id": "00000000-0000-4000-8000-000000000000",
    "lambda-runtime-deadline-ms": Date.now() + 60_000,
  });
  const answers = new Map(); // the host name under which a container polls -> resolve of its first answer
  const server = createServer(async (request, response) => {
    const key = request.headers.host;
    if (request.url.endsWith("/invocation/next")) {
      if (!answers.has(key)) return; // answered already: it waits until it is removed
      return response.writeHead(200, nextHeaders()).end(payload);
    }
    const body = Buffer.concat(await request.toArray()).toString();
    response.writeHead(request.url.endsWith("/gate") ? 404 : 202, { "content-length": 0 }).end(); // no gate: begin at once
    if (!request.url.endsWith("/response")) return;
    answers.get(key)?.(body);
    answers.delete(key);
  });
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address();
  let count = 0;

  return {
    /** Milliseconds from the first Docker call to the runtime's answer; the container is removed by `remove()`. */
    async start() {
      const host = `floor-${(count += 1)}:${port}`;
      const spec = containerSpec({ runtime, api: host, taskDirectory, memoryMegabytes });
      const answered = new Promise((resolve) => answers.set(host, resolve));
      const begun = performance.now();
      const { Id } = await docker("POST", "/containers/create", spec);
      await docker("POST", `/containers/${Id}/start`);
      const answer = JSON.parse(await answered);
      return { milliseconds: performance.now() - begun, answer, remove: () => removeContainer(Id) };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
