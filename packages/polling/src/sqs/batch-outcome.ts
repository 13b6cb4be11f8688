/**
 * What follows from an invocation for the messages of its batch (esm.md 3.3 and 3.4): what succeeded
 * is deleted, the rest stays and appears again when its visibility timeout ends.
 */
import { readBatchResponse } from "../batch-response.ts";

/** How the batch's invocation ended. */
export type BatchInvocation =
  /** The function ran; `functionError`: it threw, timed out or crashed. */
  | { readonly kind: "ran"; readonly functionError: boolean; readonly answer: string }
  /** It could not be run within the visibility timeout. */
  | { readonly kind: "not-run"; readonly reason: string };

/** What becomes of the messages. */
export interface BatchOutcome {
  /** Ids to delete. */
  readonly succeeded: readonly string[];
  /** Ids that stay in the queue. */
  readonly failed: readonly string[];
  /** `OK`, or `PROBLEM: …` [recorded]. */
  readonly result: string;
  /** Whether it speaks against the function: AWS then works fewer batches at a time. */
  readonly functionFailed: boolean;
  /** For people, where the result alone says too little. */
  readonly reason?: string;
}

export const RESULT_OK = "OK";
export const RESULT_FAILED = "PROBLEM: Function call failed";

/** Decides for a batch with these message ids. */
export function batchOutcome(
  invocation: BatchInvocation,
  { ids, reportBatchItemFailures }: { readonly ids: readonly string[]; readonly reportBatchItemFailures: boolean },
): BatchOutcome {
  if (invocation.kind === "not-run")
    return { succeeded: [], failed: ids, result: `PROBLEM: ${invocation.reason}`, functionFailed: false, reason: invocation.reason };
  if (invocation.functionError) return { succeeded: [], failed: ids, result: RESULT_FAILED, functionFailed: true };
  const response = reportBatchItemFailures ? readBatchResponse(invocation.answer, ids) : ({ kind: "success" } as const);
  switch (response.kind) {
    case "success":
      return { succeeded: ids, failed: [], result: RESULT_OK, functionFailed: false };
    case "partial": {
      const failed = new Set(response.failed);
      return { succeeded: ids.filter((id) => !failed.has(id)), failed: response.failed, result: RESULT_OK, functionFailed: false };
    }
    case "malformed":
      return { succeeded: [], failed: ids, result: RESULT_FAILED, functionFailed: true, reason: response.reason };
  }
}
