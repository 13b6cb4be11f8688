import { advanceChain } from "@lambdock/model/lineage";
import type { AsyncEvent } from "./async-event.ts";

/**
 * The trace header that goes on from an ended event, to its destination or dead-letter queue: with
 * the function in its lineage when it ran. All attempts of one event are one run of the chain.
 */
export function traceAfter(event: Pick<AsyncEvent, "traceId" | "functionArn" | "attempts">): string {
  return event.attempts === 0 ? event.traceId : advanceChain(event.traceId, event.functionArn).traceHeader;
}
