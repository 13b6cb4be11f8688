import { MEMBER_PREFIX_DIGITS, SEQUENCE_DIGITS } from "./log-keys.ts";

/** An event as it is kept. Within a stream, (timestamp, sequence) is its place. */
export interface StoredEvent {
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly sequence: number;
  readonly message: string;
}

/** A place between events: right after the event with that timestamp and sequence. */
export interface EventPlace {
  readonly timestamp: number;
  readonly sequence: number;
}

/** Reads an event from its member and score in Redis. */
export function decodeEvent(member: string, score: string): StoredEvent {
  return {
    timestamp: Number(score),
    ingestionTime: Number(member.slice(SEQUENCE_DIGITS, MEMBER_PREFIX_DIGITS)),
    sequence: Number(member.slice(0, SEQUENCE_DIGITS)),
    message: member.slice(MEMBER_PREFIX_DIGITS),
  };
}
