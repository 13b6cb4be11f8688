import type { Executor } from "@lambdock/executor-client/port";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { SqsRecord } from "../sqs/queue-message.ts";

/** The executor's side of the port in tests: what it was asked, and answers that the test chooses. */
export interface RecordingExecutor extends Pick<Executor, "invoke"> {
  readonly invocations: Invocation[];
  /** How invocations end from now on; the function answers `null` until then. */
  answer(handler: Handler): void;
  /** Invocations that have not ended. */
  readonly running: number;
  /** Most invocations at a time so far. */
  readonly peak: number;
}

export interface Invocation {
  readonly request: InvokeRequest;
  readonly records: readonly SqsRecord[];
  readonly bodies: readonly string[];
  readonly at: number;
}

type Handler = (invocation: Invocation) => InvokeOutcome | Promise<InvokeOutcome>;

/** The function answered this. */
export function answered(value: unknown): InvokeOutcome {
  return { kind: "completed", payload: Buffer.from(JSON.stringify(value)), contentType: "application/json" };
}

/** The function threw. */
export const FAILED: InvokeOutcome = {
  kind: "completed",
  payload: Buffer.from('{"errorMessage":"no"}'),
  contentType: "application/json",
  functionError: "Unhandled",
};

/** An executor that answers as it is told. */
export function createRecordingExecutor(): RecordingExecutor {
  const invocations: Invocation[] = [];
  let handler: Handler = () => answered(null);
  let running = 0;
  let peak = 0;
  return {
    invocations,
    answer(chosen) {
      handler = chosen;
    },
    get running() {
      return running;
    },
    get peak() {
      return peak;
    },
    async invoke(request) {
      const { Records: records } = JSON.parse(Buffer.from(request.payload).toString()) as { readonly Records: readonly SqsRecord[] };
      const invocation = { request, records, bodies: records.map(({ body }) => body), at: performance.now() };
      invocations.push(invocation);
      running += 1;
      peak = Math.max(peak, running);
      try {
        return await handler(invocation);
      } finally {
        running -= 1;
      }
    },
  };
}
