import type { Scope } from "@lambdock/model/arn";

/**
 * Every key that logs take in Redis. `<scope>` is `<account>:<region>`; neither group nor stream
 * names contain a colon.
 *
 * | key | type | holds |
 * |---|---|---|
 * | `lambdock:<scope>:log-groups` | sorted set, all scores 0 | group names, in order |
 * | `lambdock:<scope>:log-group:<group>` | hash | `creationTime`, `retentionInDays`, `storedBytes` |
 * | `lambdock:<scope>:log-group-tags:<group>` | hash | tag key -> value |
 * | `lambdock:<scope>:log-streams:<group>` | sorted set | stream names by the time of their last event (of their creation, without one) |
 * | `lambdock:<scope>:log-stream:<group>:<stream>` | hash | `creationTime`, `firstEventTimestamp`, `lastEventTimestamp`, `lastIngestionTime`, `storedBytes`, `sequence`, `writer`, `batch` |
 * | `lambdock:<scope>:log-events:<group>:<stream>` | sorted set | events by their timestamp; members: `<sequence, 12 digits><ingestion time, 13 digits><message>` |
 *
 * The sequence makes equal lines distinct and keeps those of one millisecond in order.
 */
export interface GroupKeys {
  readonly groups: string;
  readonly group: string;
  readonly tags: string;
  readonly streams: string;
  /** Followed by the stream's name. */
  readonly streamPrefix: string;
  /** Followed by the stream's name. */
  readonly eventsPrefix: string;
}

/** Digits of the sequence at the start of an event's member. */
export const SEQUENCE_DIGITS = 12;
/** Digits before the message in an event's member. */
export const MEMBER_PREFIX_DIGITS = 25;

export const logGroupsKey = (scope: Scope): string => `lambdock:${scope.accountId}:${scope.region}:log-groups`;

/** The keys of one group and of what is in it. */
export function groupKeys(scope: Scope, group: string): GroupKeys {
  const base = `lambdock:${scope.accountId}:${scope.region}`;
  return {
    groups: logGroupsKey(scope),
    group: `${base}:log-group:${group}`,
    tags: `${base}:log-group-tags:${group}`,
    streams: `${base}:log-streams:${group}`,
    streamPrefix: `${base}:log-stream:${group}:`,
    eventsPrefix: `${base}:log-events:${group}:`,
  };
}
