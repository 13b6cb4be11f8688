/**
 * Invoke, InvokeAsync and InvokeWithResponseStream. Order of checks (invoke.md, section 11): signature, names,
 * the function and its state, size, JSON, headers of other kinds of function, then the run.
 * This is the warm path: it is called before express, collects the body itself and passes payload
 * and answer on as they are.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AsyncEvent } from "@lambdock/async-invoke/async-event";
import type { Executor } from "@lambdock/executor-client/port";
import type { Logger } from "@lambdock/kernel/logger";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { InvokeOutcome } from "@lambdock/model/invocation";
import { SYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import type { FunctionDirectory, ResolvedFunction } from "@lambdock/directory/function-directory";
import { collectBody, discard, type Body } from "../http/body.ts";
import type { IdentifyCaller } from "../http/caller.ts";
import { view } from "../http/node-bytes.ts";
import { asAwsError, newRequestId, send, sendError, type Explain } from "../http/respond.ts";
import type { VerifySignature } from "../http/signature.ts";
import { accepted, eventOf } from "./event.ts";
import { readOptions, refuseForeignHeaders, type InvokeOptions } from "./options.ts";
import { checkPayload } from "./payload.ts";
import { sendEventStream } from "./stream.ts";
import { invokeTarget, type InvokeTarget } from "./target.ts";
import { traceHeader } from "./trace.ts";

export interface InvokeDependencies {
  readonly executor: Executor;
  readonly directory: FunctionDirectory;
  /** Where accepted events wait; resolves once an event is stored. */
  readonly events: { enqueue(event: AsyncEvent): Promise<void> };
  readonly identify: IdentifyCaller;
  /** Absent: no signature is needed, and the body is not waited for before the function is looked up. */
  readonly verify: VerifySignature | undefined;
  readonly explain: Explain;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Takes invocations off the server; answers false for any other request, which is then left untouched. */
export type InvokeHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Builds the data plane. */
export function createInvokeHandler(deps: InvokeDependencies): InvokeHandler {
  return (request, response) => {
    const target = invokeTarget(request.method, request.url!);
    if (target === undefined) return false;
    const requestId = newRequestId();
    serve(deps, { request, response, target, requestId }).catch((error: unknown) => {
      if (!request.complete) discard(request);
      if (response.headersSent) response.destroy();
      else sendError(response, requestId, asAwsError(error, { ...deps, requestId }));
    });
    return true;
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: InvokeTarget;
  readonly requestId: string;
}

async function serve(deps: InvokeDependencies, exchange: Exchange): Promise<void> {
  const { request, response, target, requestId } = exchange;
  const now = deps.now();
  const { scope } = deps.identify(request);
  const verifiedBody = deps.verify === undefined ? undefined : await verifiedBodyOf(deps.verify, request, now);
  const options = readOptions(target, request.headers);
  const resolved = await deps.directory.resolve(scope, target.functionName, target.qualifier);
  const event = options.type === "Event";
  const payload = checkPayload(verifiedBody ?? (await collectBody(request, SYNC_PAYLOAD_BYTES_MAX)), {
    operation: target.operation,
    event,
  });
  refuseForeignHeaders(request.headers);
  const traceId = traceHeader(request.headers["x-amzn-trace-id"] as string | undefined, now);
  if (event) {
    await deps.events.enqueue(eventOf({ requestId, resolved, payload, traceId, acceptedAt: now }));
    return send(response, requestId, accepted(target, traceId));
  }
  if (options.type === "DryRun")
    return send(response, requestId, { status: 204, headers: { "x-amzn-remapped-content-length": "0" }, body: "" });
  const outcome = await deps.executor.invoke(runOf({ options, resolved, payload, traceId, ...exchange }));
  await answer({ outcome, resolved, traceId, ...exchange });
}

async function verifiedBodyOf(verify: VerifySignature, request: IncomingMessage, now: number): Promise<Body> {
  const body = await collectBody(request, SYNC_PAYLOAD_BYTES_MAX);
  // A body too long to keep can't be verified, and needs not be: it is refused for its length.
  if (body.kind === "whole") await verify(request, body.bytes, now);
  return body;
}

interface Run extends Exchange {
  readonly options: InvokeOptions;
  readonly resolved: ResolvedFunction;
  readonly payload: Uint8Array;
  readonly traceId: string;
}

function runOf({ options, resolved, payload, traceId, requestId, target }: Run): Parameters<Executor["invoke"]>[0] {
  return {
    spec: resolved.spec,
    requestId,
    payload,
    invokedFunctionArn: resolved.invokedFunctionArn,
    traceId,
    tail: options.tail,
    mode: target.operation === "InvokeWithResponseStream" ? "streaming" : "buffered",
    ...(options.clientContext === undefined ? {} : { clientContext: options.clientContext }),
  };
}

interface Answer extends Exchange {
  readonly outcome: InvokeOutcome;
  readonly resolved: ResolvedFunction;
  readonly traceId: string;
}

async function answer({ outcome, resolved, traceId, response, target, requestId }: Answer): Promise<void> {
  if (outcome.kind === "throttled") throw throttled(outcome);
  if (outcome.kind === "unavailable") throw new AwsError("ServiceException", outcome.message);
  const headers: Record<string, string> = {
    "x-amzn-requestid": requestId,
    "x-amzn-remapped-content-length": "0",
    "x-amz-executed-version": resolved.executedVersion,
    "x-amzn-trace-id": traceId,
  };
  if (target.operation === "InvokeWithResponseStream") return sendEventStream(response, headers, outcome);
  if (outcome.kind === "streaming")
    throw new AwsError(
      "ServiceException",
      "The executor answered a stream to a buffered invocation: gateway and executor are of different versions.",
    );
  headers["content-type"] = "application/json";
  headers["content-length"] = String(outcome.payload.byteLength);
  if (outcome.functionError !== undefined) headers["x-amz-function-error"] = outcome.functionError;
  if (outcome.logTail !== undefined) headers["x-amz-log-result"] = view(outcome.logTail).toString("base64");
  response.writeHead(200, headers);
  response.end(outcome.payload);
}

function throttled({ reason, retryAfterSeconds }: Extract<InvokeOutcome, { kind: "throttled" }>): AwsError {
  return new AwsError("TooManyRequestsException", "Rate Exceeded.", {
    extra: { Reason: reason },
    headers: { "Retry-After": String(retryAfterSeconds ?? 1) },
  });
}
