/** What a stream mapping last did, in the words of `LastProcessingResult`. */
export interface Results {
  /** A batch ended so. */
  processed(result: string): void;
  /**
   * Something stands in the way of working at all, or no more (undefined): it comes before what was
   * processed. About a shard, or the whole {@link STREAM}, which comes first.
   */
  trouble(about: string, problem: string | undefined): void;
  readonly told: string;
}

/** What a mapping says before its first batch [recorded]. */
export const NOTHING_PROCESSED = "No records processed";
/** What a trouble is about that is no single shard's. */
export const STREAM = "stream";
const OK = "OK";

/** `before`: what is stored on the mapping; `lasting`: those results that a restart does not change. */
export function createResults(before: string | undefined, lasting: readonly string[], onResult: (result: string) => void): Results {
  let told = before ?? "";
  let processed = before === OK || (before !== undefined && lasting.includes(before)) ? before : NOTHING_PROCESSED;
  const troubles = new Map<string, string>();
  const tell = (): void => {
    const [first] = troubles.values();
    const result = troubles.get(STREAM) ?? first ?? processed;
    if (result === told) return;
    told = result;
    onResult(result);
  };
  return {
    processed(result) {
      processed = result;
      tell();
    },
    trouble(about, problem) {
      if (problem === undefined) troubles.delete(about);
      else troubles.set(about, problem);
      tell();
    },
    get told() {
      return told;
    },
  };
}
