/** How much is kept. Past a bound the oldest go: events of the stream, whole streams of the group. */
export interface LogBounds {
  readonly eventsPerStream: number;
  readonly streamsPerGroup: number;
  /** Message bytes plus 26 for each event, as CloudWatch counts. */
  readonly bytesPerGroup: number;
}

/** Bounds that suit a machine for development: a busy group stays under 64 MiB. */
export const DEFAULT_LOG_BOUNDS: LogBounds = { eventsPerStream: 100_000, streamsPerGroup: 1_000, bytesPerGroup: 67_108_864 };

/** What CloudWatch adds to an event's message when it counts bytes. */
export const EVENT_OVERHEAD_BYTES = 26;
/** Largest event, overhead included: 1 MiB since April 2025 (256 KiB before). */
export const EVENT_BYTES_MAX = 1_048_576;
