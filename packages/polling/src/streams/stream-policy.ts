import type { MappingSettings, StreamSettings } from "@lambdock/model/event-source-mapping";
import { RETRY_BACKOFF, SETBACK_BACKOFF, scaledBackoff, type Backoff } from "./backoff.ts";

/** What the work on a shard keeps to. Durations in milliseconds of the wall clock. */
export interface StreamPolicy {
  /** Batches at a time, each of keys of its own. */
  readonly lanes: number;
  /** Records. */
  readonly batchSize: number;
  readonly batchBytesMax: number;
  readonly batchingWindowMs: number;
  readonly partialResponses: boolean;
  readonly bisect: boolean;
  /** Infinity: until the records are too old. */
  readonly retriesMax: number;
  /** The mapping's limit or the stream's retention, whichever comes first. */
  readonly recordAgeMaxMs: number;
  /** 0: no tumbling windows. */
  readonly tumblingWindowMs: number;
  readonly retry: Backoff;
  readonly setback: Backoff;
}

/** An invocation's payload is 6 MB at most; the envelope around the records takes a little of it. */
const BATCH_BYTES_MAX = 6 * 1_024 * 1_024 - 2_048;
/** With tumbling windows the state travels along (1 MB at most). */
const WINDOW_BATCH_BYTES_MAX = BATCH_BYTES_MAX - 1_024 * 1_024;

/**
 * The policy of a stream mapping. `retentionMs`: after it the stream itself drops records; it is not
 * scaled, because the source keeps real time. `timeScale`: AWS's delays pass so many times faster.
 */
export function streamPolicy(
  settings: MappingSettings & { readonly stream: StreamSettings },
  { timeScale, retentionMs }: { readonly timeScale: number; readonly retentionMs: number },
): StreamPolicy {
  const { stream } = settings;
  const limit = (value: number): number => (value < 0 ? Infinity : value);
  const windows = stream.tumblingWindowSeconds > 0;
  return {
    // One reducer per shard.
    lanes: windows ? 1 : stream.parallelizationFactor,
    batchSize: settings.batchSize,
    batchBytesMax: windows ? WINDOW_BATCH_BYTES_MAX : BATCH_BYTES_MAX,
    batchingWindowMs: (settings.maximumBatchingWindowSeconds * 1_000) / timeScale,
    partialResponses: settings.reportBatchItemFailures,
    bisect: stream.bisectBatchOnFunctionError,
    retriesMax: limit(stream.maximumRetryAttempts),
    recordAgeMaxMs: Math.min((limit(stream.maximumRecordAgeSeconds) * 1_000) / timeScale, retentionMs),
    tumblingWindowMs: (stream.tumblingWindowSeconds * 1_000) / timeScale,
    retry: scaledBackoff(RETRY_BACKOFF, timeScale),
    setback: scaledBackoff(SETBACK_BACKOFF, timeScale),
  };
}
