/** Asynchronous invocation: what is stored, and what its caller is told (async.md, section 1). */
import type { AsyncEvent } from "@lambdock/async-invoke/async-event";
import type { ResolvedFunction } from "@lambdock/directory/function-directory";
import { view } from "../http/node-bytes.ts";
import type { InvokeTarget } from "./target.ts";

/** An accepted invocation. */
export interface Accepted {
  readonly requestId: string;
  readonly resolved: ResolvedFunction;
  readonly payload: Uint8Array;
  readonly traceId: string;
  /** Epoch milliseconds. */
  readonly acceptedAt: number;
}

/** The event as it waits. The qualifier is the caller's: an alias is resolved at each attempt, not now. */
export function eventOf({ requestId, resolved, payload, traceId, acceptedAt }: Accepted): AsyncEvent {
  const { spec, invokedFunctionArn } = resolved;
  return {
    requestId,
    accountId: spec.accountId,
    region: spec.region,
    functionName: spec.name,
    // arn:aws:lambda:region:account:function:name[:qualifier]
    qualifier: invokedFunctionArn.split(":")[7] ?? "$LATEST",
    functionArn: spec.functionArn,
    invokedFunctionArn,
    payload: view(payload).toString(),
    traceId,
    acceptedAt,
    attempts: 0,
    setbacks: 0,
  };
}

/** 202 with an empty body, and without `X-Amz-Executed-Version` [recorded]; the old operation names its status. */
export function accepted(
  target: InvokeTarget,
  traceId: string,
): { readonly status: number; readonly headers: Record<string, string>; readonly body: string } {
  const headers = { "x-amzn-remapped-content-length": "0", "x-amzn-trace-id": traceId };
  if (target.operation !== "InvokeAsync") return { status: 202, headers, body: "" };
  return { status: 202, headers: { ...headers, "content-type": "application/json" }, body: '{"Status":202}' };
}
