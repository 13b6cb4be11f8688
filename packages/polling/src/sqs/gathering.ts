/**
 * Messages become batches (esm.md 3.1). A batch closes when it has BatchSize messages, when its
 * window is over, or when one more message would make the event larger than 6 MB. Without a window
 * what one receive brought is a batch. The window begins with a batch's first message.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
import { SYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";

/** A message as far as batches are concerned. */
export interface Sized {
  /** Bytes of its record in the event. */
  readonly bytes: number;
}

export interface BatchRules {
  readonly batchSize: number;
  /** Milliseconds; 0: no gathering. */
  readonly windowMs: number;
}

/** A batch that is not full yet. */
export interface OpenBatch<Message> {
  readonly messages: readonly Message[];
  readonly bytes: number;
  /** When its first message came; epoch milliseconds. */
  readonly since: number;
  /** When its window is over; epoch milliseconds. */
  readonly dueAt: number;
}

/** Batches to be handed over, and the one that goes on being filled. */
export interface Gathered<Message> {
  readonly closed: readonly (readonly Message[])[];
  readonly open?: OpenBatch<Message>;
}

/** `{"Records":[]}` */
const FRAME_BYTES = 14;

/** Whether this message alone is more than a function can be handed. */
export function tooLarge(message: Sized): boolean {
  return FRAME_BYTES + message.bytes > SYNC_PAYLOAD_BYTES_MAX;
}

/** Adds what a receive brought at `now`; none of it may be {@link tooLarge}. */
export function gather<Message extends Sized>(
  open: OpenBatch<Message> | undefined,
  arrived: readonly Message[],
  { rules, now }: { readonly rules: BatchRules; readonly now: number },
): Gathered<Message> {
  const closed: (readonly Message[])[] = [];
  let messages = open === undefined ? [] : [...open.messages];
  let bytes = open?.bytes ?? FRAME_BYTES;
  let since = open?.since ?? now;
  const close = (): void => {
    closed.push(messages);
    messages = [];
    bytes = FRAME_BYTES;
    since = now;
  };
  for (const message of arrived) {
    // One byte for the comma.
    if (messages.length > 0 && bytes + 1 + message.bytes > SYNC_PAYLOAD_BYTES_MAX) close();
    bytes += message.bytes + (messages.length > 0 ? 1 : 0);
    messages.push(message);
    if (messages.length >= rules.batchSize) close();
  }
  if (messages.length > 0 && since + rules.windowMs <= now) close();
  return messages.length === 0 ? { closed } : { closed, open: { messages, bytes, since, dueAt: since + rules.windowMs } };
}

/**
 * An open batch under changed rules: none is larger, or gathered for longer, than they say now. All of
 * it is taken to have come with its first message; what is due by now closes when it is next looked at.
 */
export function regather<Message extends Sized>({ messages, since }: OpenBatch<Message>, rules: BatchRules): Gathered<Message> {
  return gather(undefined, messages, { rules, now: since });
}
