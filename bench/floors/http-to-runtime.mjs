/**
 * Floor of the warm path: one bare Node HTTP server that hands each request to a container's
 * runtime and its answer back. No validation, no logs, no limits, no second hop.
 *
 *   node bench/floors/http-to-runtime.mjs      prints its port; POST / is an invocation
 *
 * Runtimes poll `next`; a request takes the runtime that has waited longest, or waits for one.
 */
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";

const polling = []; // responses of runtimes' `next` requests that wait for work
const waiting = []; // invocations that wait for a runtime
const running = new Map(); // request id -> the client's response

const server = createServer(async (request, response) => {
  if (request.url.endsWith("/invocation/next")) {
    polling.push(response);
    return match();
  }
  const body = Buffer.concat(await request.toArray());
  if (request.url === "/") {
    waiting.push({ client: response, body });
    return match();
  }
  if (request.url === "/ready") return response.end(String(polling.length));
  const answered = /\/invocation\/([^/]+)\/response$/.exec(request.url);
  if (answered === null) return response.writeHead(404, { "content-length": 0 }).end(); // the gate: begin at once
  response.writeHead(202, { "content-length": 16 }).end('{"status":"OK"}\n');
  const client = running.get(answered[1]);
  running.delete(answered[1]);
  client.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
});

function match() {
  while (polling.length > 0 && waiting.length > 0) {
    const { client, body } = waiting.shift();
    const id = randomUUID();
    running.set(id, client);
    const headers = {
      "content-type": "application/json",
      "content-length": body.length,
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": Date.now() + 60_000,
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:floor",
    };
    polling.shift().writeHead(200, headers).end(body);
  }
}

server.keepAliveTimeout = 0;
server.listen(0, "0.0.0.0", () => process.stdout.write(`${server.address().port}\n`));
