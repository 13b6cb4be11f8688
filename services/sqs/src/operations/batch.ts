/** What all batch actions have in common. */
import { structures, text, type Input } from "../input.ts";
import { SqsError } from "../sqs-error.ts";

const ENTRIES_MAX = 10;
const ID = /^[a-zA-Z0-9_-]{1,80}$/;

export interface BatchEntry {
  readonly id: string;
  readonly input: Input;
}

/** What became of an entry. */
export type EntryOutcome = { readonly id: string; readonly result: object } | { readonly id: string; readonly error: SqsError };

/** The entries of a batch; `shape` is their name in AWS's messages. Throws what is wrong with the batch as a whole. */
export function batchEntries(input: Input, shape: string): readonly BatchEntry[] {
  const entries = structures(input, "Entries").map((entry) => ({ id: text(entry, "Id") ?? "", input: entry }));
  if (entries.length === 0) throw new SqsError("EmptyBatchRequest", `There should be at least one ${shape} in the request.`);
  if (entries.length > ENTRIES_MAX)
    throw new SqsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${entries.length}.`,
    );
  if (entries.some(({ id }) => !ID.test(id)))
    throw new SqsError(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  const seen = new Set<string>();
  for (const { id } of entries) {
    if (seen.has(id)) throw new SqsError("BatchEntryIdsNotDistinct", `Id ${id} repeated.`);
    seen.add(id);
  }
  return entries;
}

/** Runs a check of one entry; what it throws for the caller is that entry's outcome. */
export function attempt<T>(run: () => T): T | SqsError {
  try {
    return run();
  } catch (error) {
    // A wrong type fails the whole request, as it never reaches SQS itself.
    if (error instanceof SqsError && error.type !== "SerializationException") return error;
    throw error;
  }
}

/** The answer of a batch; AWS omits an empty list. */
export function batchResult(outcomes: readonly EntryOutcome[]): object {
  const successful = outcomes.flatMap((outcome) => ("error" in outcome ? [] : [{ Id: outcome.id, ...outcome.result }]));
  const failed = outcomes.flatMap((outcome) => ("error" in outcome ? [failure(outcome.id, outcome.error)] : []));
  return { ...(successful.length === 0 ? {} : { Successful: successful }), ...(failed.length === 0 ? {} : { Failed: failed }) };
}

function failure(id: string, error: SqsError): object {
  return { Id: id, SenderFault: error.senderFault, Code: error.code, Message: error.message };
}
