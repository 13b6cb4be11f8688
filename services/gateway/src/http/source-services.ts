/**
 * Services beside Lambda that answer on the same endpoint, so that one AWS_ENDPOINT_URL is all a
 * user sets: told apart by the service that a request was signed for, or by its target.
 */
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { RequestContext } from "../operation.ts";

/** Answers one request of a service, body unread; never rejects. */
export type SourceService = (request: IncomingMessage, response: ServerResponse, context: RequestContext) => Promise<void>;

/** Services by the name that requests are signed for. */
export type SourceServices = Readonly<Partial<Record<"sqs", SourceService>>>;

const TARGETS: Readonly<Record<string, keyof SourceServices>> = { AmazonSQS: "sqs" };
/** A queue's URL, which older clients call without a target: `/<account>/<queue>`. */
const QUEUE_PATH = /^\/\d{12}\/[\w-]+(\.fifo)?\/?(\?|$)/;

/** The service a request is for, if it is one of these. */
export function sourceOf(
  request: IncomingMessage,
  facts: { readonly service: string | undefined; readonly target: string | undefined },
): keyof SourceServices | undefined {
  const byTarget = facts.target === undefined ? undefined : TARGETS[facts.target];
  if (byTarget !== undefined) return byTarget;
  return facts.service === "sqs" || QUEUE_PATH.test(request.url!) ? "sqs" : undefined;
}

/** Passes requests on to a service in another process, as they are: it sees the caller's own Host. */
export function createSourceProxy(url: string): { readonly handle: SourceService; close(): void } {
  const target = new URL(url);
  const agent = new Agent({ keepAlive: true });
  const handle: SourceService = (request, response) =>
    new Promise((resolve) => {
      const options = {
        host: target.hostname,
        port: target.port,
        method: request.method,
        path: request.url,
        headers: request.headers,
        agent,
      };
      const onward = httpRequest(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on("end", resolve).on("error", () => response.destroy());
      });
      onward.on("error", (error) => {
        if (!response.headersSent)
          response
            .writeHead(503, { "content-type": "text/plain" })
            .end(`The service at ${url} does not answer (${error.message}): start it, or set its endpoint.\n`);
        resolve();
      });
      // A long poll whose caller left must not take a message.
      response.on("close", () => {
        onward.destroy();
        resolve();
      });
      request.pipe(onward);
    });
  return { handle, close: () => agent.destroy() };
}
