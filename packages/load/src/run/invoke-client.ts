/** Sends invocations, as many at a time as are due: nothing here waits for an answer before the next. */
import { Agent, request, type IncomingMessage } from "node:http";
import { Agent as TlsAgent, request as requestTls } from "node:https";
import { urlToHttpOptions } from "node:url";

export interface Invocation {
  readonly path: string;
  readonly payload: string;
  readonly event: boolean;
}

/** What came back. */
export type Reply =
  | { readonly kind: "served" | "error" | "throttled"; readonly requestId: string }
  | { readonly kind: "failed"; readonly problem: string };

export interface InvokeClient {
  /** Calls back once; never throws. */
  send(invocation: Invocation, onReply: (reply: Reply) => void): void;
  close(): void;
}

/** The path under which a function is invoked. */
export function invocationPath(name: string, qualifier: string | undefined): string {
  return `/2015-03-31/functions/${name}/invocations${qualifier === undefined ? "" : `?Qualifier=${qualifier}`}`;
}

/** A client that gives up on an answer after so long. */
export function createInvokeClient(endpoint: string, timeoutMs: number): InvokeClient {
  // Without the brackets that a URL has around an IPv6 address.
  const { hostname, port, protocol } = urlToHttpOptions(new URL(endpoint));
  const tls = protocol === "https:";
  const agent = new (tls ? TlsAgent : Agent)({ keepAlive: true, maxFreeSockets: 4_096, scheduling: "lifo" });
  const ask = tls ? requestTls : request;
  return {
    send({ path, payload, event }, onReply) {
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(payload),
        ...(event ? { "x-amz-invocation-type": "Event" } : {}),
      };
      let told = false;
      const tell = (reply: Reply): void => {
        if (!told) onReply(reply);
        told = true;
      };
      const call = ask({ agent, hostname, port, path, method: "POST", headers, timeout: timeoutMs }, (response) =>
        readReply(response, tell),
      );
      call.on("timeout", () => {
        tell({ kind: "failed", problem: `no answer within ${timeoutMs / 1_000} s` });
        call.destroy();
      });
      call.on("error", (error) =>
        tell({ kind: "failed", problem: error.message || (error as NodeJS.ErrnoException).code || "connection error" }),
      );
      call.end(payload);
    },
    close: () => agent.destroy(),
  };
}

const BODY_KEPT = 300;

function readReply(response: IncomingMessage, tell: (reply: Reply) => void): void {
  const { statusCode = 0, headers } = response;
  const requestId = String(headers["x-amzn-requestid"] ?? "");
  let body = "";
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    if (statusCode >= 300 && body.length < BODY_KEPT) body += chunk;
  });
  response.on("error", (error) => tell({ kind: "failed", problem: error.message }));
  response.on("end", () => {
    if (statusCode === 429) tell({ kind: "throttled", requestId });
    else if (statusCode >= 300) tell({ kind: "failed", problem: `status ${statusCode}: ${body.slice(0, BODY_KEPT)}` });
    else tell({ kind: headers["x-amz-function-error"] === undefined ? "served" : "error", requestId });
  });
}
