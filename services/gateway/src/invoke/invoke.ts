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
import { traceHeader } from "@lambdock/kernel/trace-header";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { InvokeOutcome } from "@lambdock/model/invocation";
import { SYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import { advanceChain, RECURSIVE_INVOCATION_MESSAGE } from "@lambdock/model/lineage";
import type { RecursionConfigStore } from "@lambdock/store/recursion-configs";
import type { FunctionDirectory, ResolvedFunction } from "@lambdock/directory/function-directory";
import type { PlainRequest } from "@lambdock/plain-http/plain-server";
import { replyOver, type Reply } from "@lambdock/plain-http/reply";
import { encodeError } from "@lambdock/wire/error-encoder";
import { collectBody, discard, type Body } from "../http/body.ts";
import type { IdentifyCaller, SignedRequest } from "../http/caller.ts";
import type { GatewayMetrics } from "../http/metrics-counters.ts";
import { view } from "../http/node-bytes.ts";
import { asAwsError, newRequestId, sendReply, type Explain } from "../http/respond.ts";
import type { VerifySignature } from "../http/signature.ts";
import { accepted, eventOf } from "./event.ts";
import { readOptions, refuseForeignHeaders, type InvokeOptions } from "./options.ts";
import { checkPayload } from "./payload.ts";
import { sendEventStream } from "./stream.ts";
import { invokeTarget, type InvokeTarget } from "./target.ts";

export interface InvokeDependencies {
  readonly executor: Executor;
  readonly directory: FunctionDirectory;
  /** Where accepted events wait; resolves once an event is stored. */
  readonly events: { enqueue(event: AsyncEvent): Promise<void> };
  /** Asked only about a function that is in a loop already. */
  readonly recursionConfigs: Pick<RecursionConfigStore, "get">;
  readonly metrics: Pick<GatewayMetrics, "eventReceived" | "recursionDropped">;
  readonly identify: IdentifyCaller;
  /** Absent: no signature is needed, and the body is not waited for before the function is looked up. */
  readonly verify: VerifySignature | undefined;
  readonly explain: Explain;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Takes invocations off the server; each answers false for any other request, which is then left untouched. */
export interface InvokeHandler {
  /** A request that came whole. */
  readonly servePlain: (request: PlainRequest, reply: Reply) => boolean;
  /** One whose body is still to come, and any that is answered with a stream. */
  readonly serveNode: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Builds the data plane. */
export function createInvokeHandler(deps: InvokeDependencies): InvokeHandler {
  const handle = (exchange: Exchange): void => {
    serve(deps, exchange).catch((error: unknown) => {
      exchange.giveUp();
      sendReply(exchange.reply, exchange.requestId, encodeError(asAwsError(error, { ...deps, requestId: exchange.requestId })));
    });
  };
  return {
    servePlain(request, reply) {
      const target = invokeTarget(request.method, request.url);
      if (target === undefined || target.operation === "InvokeWithResponseStream") return false;
      const body = (): Promise<Body> => Promise.resolve({ kind: "whole", bytes: request.body });
      handle({ request, reply, target, body, giveUp: () => undefined, requestId: newRequestId() });
      return true;
    },
    serveNode(request, response) {
      const target = invokeTarget(request.method, request.url!);
      if (target === undefined) return false;
      const body = (): Promise<Body> => collectBody(request, SYNC_PAYLOAD_BYTES_MAX);
      const giveUp = (): void => void (request.complete || discard(request));
      handle({ request, reply: replyOver(response), response, target, body, giveUp, requestId: newRequestId() });
      return true;
    },
  };
}

interface Exchange {
  readonly request: SignedRequest;
  readonly reply: Reply;
  /** For an answer that is streamed. */
  readonly response?: ServerResponse;
  readonly target: InvokeTarget;
  readonly requestId: string;
  /** Collects the body; to be called once. */
  readonly body: () => Promise<Body>;
  /** Reads what is left of a request that is refused. */
  readonly giveUp: () => void;
}

async function serve(deps: InvokeDependencies, exchange: Exchange): Promise<void> {
  const { request, reply, target, requestId } = exchange;
  const now = deps.now();
  const { scope } = deps.identify(request);
  const verifiedBody = deps.verify === undefined ? undefined : await verifiedBodyOf(deps.verify, exchange, now);
  const options = readOptions(target, request.headers);
  const resolved = await deps.directory.resolve(scope, target.functionName, target.qualifier);
  const event = options.type === "Event";
  const payload = checkPayload(verifiedBody ?? (await exchange.body()), { operation: target.operation, event });
  refuseForeignHeaders(request.headers);
  const given = traceHeader(request.headers["x-amzn-trace-id"] as string | undefined, now);
  const { traceHeader: traceId, recursive } = advanceChain(given, resolved.spec.functionArn);
  if (event) {
    // It is run later, and all its attempts are one run: the lineage goes on from there.
    const later = eventOf({ requestId, resolved, payload, traceId: given, acceptedAt: now });
    await deps.events.enqueue(later);
    sendReply(reply, requestId, accepted(target, traceId));
    return deps.metrics.eventReceived(later);
  }
  if (options.type === "DryRun")
    return sendReply(reply, requestId, { status: 204, headers: { "x-amzn-remapped-content-length": "0" }, body: "" });
  if (recursive) await refuseLoop(deps, resolved);
  const outcome = await deps.executor.invoke(runOf({ options, resolved, payload, traceId, ...exchange }));
  await answer({ outcome, resolved, traceId, ...exchange });
}

/** Throws RecursiveInvocationException unless the function's loop is allowed. */
async function refuseLoop(
  { recursionConfigs, metrics }: InvokeDependencies,
  { spec, invokedFunctionArn }: ResolvedFunction,
): Promise<void> {
  if ((await recursionConfigs.get(spec)) === "Allow") return;
  metrics.recursionDropped(spec, invokedFunctionArn.split(":")[7]);
  throw new AwsError("RecursiveInvocationException", RECURSIVE_INVOCATION_MESSAGE);
}

async function verifiedBodyOf(verify: VerifySignature, exchange: Exchange, now: number): Promise<Body> {
  const body = await exchange.body();
  // A body too long to keep can't be verified, and needs not be: it is refused for its length.
  if (body.kind === "whole") await verify(exchange.request, body.bytes, now);
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

async function answer({ outcome, resolved, traceId, reply, response, target, requestId }: Answer): Promise<void> {
  if (outcome.kind === "throttled") throw throttled(outcome);
  if (outcome.kind === "unavailable") throw new AwsError("ServiceException", outcome.message);
  if (outcome.kind === "snap-start-error") throw new AwsError(outcome.code, outcome.message);
  const headers: Record<string, string> = {
    "x-amzn-requestid": requestId,
    "x-amzn-remapped-content-length": "0",
    "x-amz-executed-version": resolved.executedVersion,
    "x-amzn-trace-id": traceId,
  };
  if (target.operation === "InvokeWithResponseStream") return sendEventStream(response!, headers, outcome);
  if (outcome.kind === "streaming")
    throw new AwsError(
      "ServiceException",
      "The executor answered a stream to a buffered invocation: gateway and executor are of different versions.",
    );
  headers["content-type"] = "application/json";
  if (outcome.functionError !== undefined) headers["x-amz-function-error"] = outcome.functionError;
  if (outcome.logTail !== undefined) headers["x-amz-log-result"] = view(outcome.logTail).toString("base64");
  reply.send(200, headers, outcome.payload);
}

function throttled({ reason, retryAfterSeconds }: Extract<InvokeOutcome, { kind: "throttled" }>): AwsError {
  return new AwsError("TooManyRequestsException", "Rate Exceeded.", {
    extra: { Reason: reason },
    headers: { "Retry-After": String(retryAfterSeconds ?? 1) },
  });
}
