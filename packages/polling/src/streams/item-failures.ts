/**
 * What a function's answer says of a stream's batch when `ReportBatchItemFailures` is on (esm.md
 * section 4.2) [recorded]: nothing at all, an empty object and an empty or null list are success;
 * identifiers that are empty, null, of another name or not in the batch fail the batch as a whole.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
import { compareSequenceNumbers } from "./sequence-number.ts";

/** How the batch went; `first`: index of the lowest record that failed, those before it are done. */
export type ItemVerdict = { readonly kind: "all" } | { readonly kind: "from"; readonly first: number } | { readonly kind: "malformed" };

const ALL: ItemVerdict = { kind: "all" };
const MALFORMED: ItemVerdict = { kind: "malformed" };

/** Reads the answer (the response's text) for a batch of these sequence numbers, in their order. */
export function itemVerdict(answer: string, sequenceNumbers: readonly string[]): ItemVerdict {
  if (answer.trim() === "") return ALL;
  let document: unknown;
  try {
    document = JSON.parse(answer);
  } catch {
    return MALFORMED;
  }
  if (document === null || document === "") return ALL;
  // `[]` is success [recorded]; other arrays and plain values name no failures either.
  if (typeof document !== "object" || Array.isArray(document) || !("batchItemFailures" in document)) return ALL;
  const failures = document.batchItemFailures;
  if (failures === null) return ALL;
  if (!Array.isArray(failures)) return MALFORMED;
  return lowest(failures, sequenceNumbers);
}

function lowest(failures: readonly unknown[], sequenceNumbers: readonly string[]): ItemVerdict {
  const known = new Set(sequenceNumbers);
  let least: string | undefined;
  for (const failure of failures) {
    const identifier = typeof failure === "object" && failure !== null && "itemIdentifier" in failure ? failure.itemIdentifier : undefined;
    if (typeof identifier !== "string" || !known.has(identifier)) return MALFORMED;
    if (least === undefined || compareSequenceNumbers(identifier, least) < 0) least = identifier;
  }
  return least === undefined ? ALL : { kind: "from", first: sequenceNumbers.indexOf(least) };
}
