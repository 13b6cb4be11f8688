/**
 * How many receives should be under way. Each batch that is worked, that waits or that a receive
 * may bring takes one of the mapping's places, so that nothing is received that would then lie
 * about while its visibility timeout runs.
 */

/** What a mapping has in hand. */
export interface InHand {
  /** Batches at a time. */
  readonly concurrency: number;
  /** Batches that the function works on, and batches that wait for a place. */
  readonly batches: number;
  /** Messages gathered for the next batch. */
  readonly gathered: number;
  readonly batchSize: number;
  /** Whether messages of several receives make a batch. */
  readonly gathers: boolean;
}

/** Messages of one ReceiveMessage. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
export const MESSAGES_PER_RECEIVE = 10;
/** Concurrent receives that keep a quick function busy; more would only cost. */
const RECEIVES = 5;
/** A slow function has many batches at work, which end together: one receive for so many. */
const BATCHES_PER_RECEIVE = 4;

/** Receives that should be under way now. */
export function receivesWanted({ concurrency, batches, gathered, batchSize, gathers }: InHand): number {
  const places = concurrency - batches;
  if (places <= 0) return 0;
  const most = Math.max(RECEIVES, Math.ceil(batches / BATCHES_PER_RECEIVE));
  if (!gathers) return Math.min(places, most);
  return Math.min(most, Math.max(0, Math.ceil((places * batchSize - gathered) / MESSAGES_PER_RECEIVE)));
}
