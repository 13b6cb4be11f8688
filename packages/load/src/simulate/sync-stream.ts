import type { InvokeOptions } from "@lambdock/fleet/fleet-protocol";
import type { StreamContext } from "./stream-context.ts";

/** Takes one request that is due now. */
export type Take = () => void;

/** Synchronous requests: each goes to the executor as it comes. */
export function syncStream(context: StreamContext): Take {
  const { time, executor, recorder, group, index, newRequestId, draw } = context;
  const options: InvokeOptions = group.qualifier === undefined ? {} : { qualifier: group.qualifier };
  return () => {
    const intendedMs = time.now;
    const { durationMs, fails } = draw();
    executor.invoke(
      group,
      {
        requestId: newRequestId(),
        durationMs,
        fails,
        done: (outcome) => recorder.answered(index, { ending: outcome === "success" ? "served" : outcome, intendedMs, atMs: time.now }),
      },
      options,
    );
  };
}
