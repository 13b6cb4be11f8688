/** A request to SQS, in either protocol, from bytes to bytes. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Scope } from "@lambdock/model/arn";
import type { Logger } from "@lambdock/kernel/logger";
import type { Operation } from "../operations/call.ts";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { SqsError } from "../sqs-error.ts";
import { collectBody } from "./body.ts";
import { jsonProtocol } from "./json-protocol.ts";
import { presenceOf } from "./presence.ts";
import type { Answer, Protocol, WireError } from "./protocol.ts";
import { UnknownOperation, invalidAction, queryProtocol } from "./query-protocol.ts";

/** What the front door knows of a request. */
export interface SqsContext {
  /** Account and region of the caller's credentials. */
  readonly scope: Scope;
  readonly requestId: string;
  /** Base URL that the caller used, such as `http://127.0.0.1:4566`: queue URLs begin with it. */
  readonly endpoint: string;
  /** Checks the signature, which covers the body; rejects with an AwsError. Absent: anybody may call. */
  readonly verify?: (body: Buffer) => Promise<void>;
}

export interface HandlerDependencies {
  readonly operations: Readonly<Record<string, Operation>>;
  /** Epoch milliseconds, whole. */
  readonly now: () => number;
  /** One sentence for a failure of the environment (Redis is away); `undefined` for a bug. */
  readonly explain: (error: unknown) => string | undefined;
  readonly logger: Logger;
}

export type SqsHandler = (request: IncomingMessage, response: ServerResponse, context: SqsContext) => Promise<void>;

/** Builds the handler. It answers every request and never rejects. */
export function createHandler(deps: HandlerDependencies): SqsHandler {
  return async (request, response, context) => {
    const protocol = request.headers["x-amz-target"] === undefined ? queryProtocol : jsonProtocol;
    const answer = await answerOf(deps, protocol, { request, response, context });
    if (response.destroyed) return;
    response.writeHead(answer.status, {
      ...answer.headers,
      "content-length": Buffer.byteLength(answer.body),
      "x-amzn-requestid": context.requestId,
    });
    response.end(answer.body);
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: SqsContext;
}

async function answerOf(deps: HandlerDependencies, protocol: Protocol, { request, response, context }: Exchange): Promise<Answer> {
  const { scope, endpoint, requestId } = context;
  try {
    const body = await collectBody(request);
    await context.verify?.(body);
    const { action, input } = protocol.decode(request, body);
    const operation = Object.hasOwn(deps.operations, action) ? deps.operations[action] : undefined;
    if (operation === undefined)
      throw protocol === queryProtocol
        ? invalidAction(action)
        : new SqsError("UnknownOperationException", `The operation ${action} is not one of AmazonSQS.`);
    const trace = request.headers["x-amzn-trace-id"];
    const output = await operation(input, {
      scope,
      endpoint,
      now: deps.now(),
      live: presenceOf(response),
      ...(typeof trace === "string" ? { traceHeader: trace } : {}),
    });
    return protocol.encode(action, output, requestId);
  } catch (error) {
    if (error instanceof UnknownOperation)
      return { status: 404, headers: { "content-type": "text/xml" }, body: "<UnknownOperationException/>" };
    return protocol.encodeError(asWireError(deps, error, { requestId, left: request.destroyed && !request.complete }), requestId);
  }
}

function asWireError(
  { explain, logger }: HandlerDependencies,
  error: unknown,
  { requestId, left }: { readonly requestId: string; readonly left: boolean },
): WireError {
  if (error instanceof SqsError) return error;
  if (error instanceof AwsError) {
    const { code, status, message } = error;
    return { code, status, message, shapeId: `com.amazon.coral.service#${code}`, senderFault: status < 500 };
  }
  if (left) return new SqsError("ServiceUnavailable", "The client went away before its request was whole.");
  const sentence = explain(error);
  if (sentence !== undefined) return new SqsError("ServiceUnavailable", sentence);
  logger.error("a request failed on a bug", { requestId, cause: error instanceof Error ? (error.stack ?? error) : String(error) });
  return new SqsError("InternalFailure", `Lambdock failed on this request: its log has the cause under request id ${requestId}.`);
}
