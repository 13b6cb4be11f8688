/**
 * What a function answered to a batch with `ReportBatchItemFailures` (esm.md, sections 3.4 and 4.2;
 * recorded from AWS for both kinds of source). Nothing at all is success; anything that names a
 * failure wrongly fails the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export type BatchResponse =
  | { readonly kind: "success" }
  /** Those of the batch, in the order of the batch, without doubles; never empty. */
  | { readonly kind: "partial"; readonly failed: readonly string[] }
  /** The whole batch failed; `reason` is for people. */
  | { readonly kind: "malformed"; readonly reason: string };

/**
 * Reads a function's answer. `ids` are the batch's message ids (SQS) or sequence numbers (streams),
 * in order. Empty text counts as null: a runtime may answer with nothing.
 */
export function readBatchResponse(text: string, ids: readonly string[]): BatchResponse {
  const answer = parse(text);
  if (answer === undefined) return malformed("the answer is not JSON");
  // An empty string and an empty list stand for null, as they do for AWS's own parser [recorded].
  if (answer === null || answer === "" || isEmptyList(answer)) return { kind: "success" };
  if (typeof answer !== "object" || Array.isArray(answer)) return malformed("the answer is not an object");
  const failures = (answer as { readonly batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null || isEmptyList(failures)) return { kind: "success" };
  if (!Array.isArray(failures)) return malformed("batchItemFailures is not a list");
  return failuresOf(failures, ids);
}

function failuresOf(failures: readonly unknown[], ids: readonly string[]): BatchResponse {
  const known = new Set(ids);
  const failed = new Set<string>();
  for (const failure of failures) {
    const id = (failure as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof id !== "string" || id === "") return malformed("a failure has no itemIdentifier");
    if (!known.has(id)) return malformed(`the batch has no item ${id.slice(0, 100)}`);
    failed.add(id);
  }
  return { kind: "partial", failed: ids.filter((id) => failed.has(id)) };
}

function parse(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function malformed(reason: string): BatchResponse {
  return { kind: "malformed", reason };
}
