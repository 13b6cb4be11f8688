/**
 * Every key of the metrics in Redis.
 *
 * | key | type | holds |
 * |---|---|---|
 * | `lambdock:metrics:lease` | string | token of the one aggregator; expires when that dies |
 * | `lambdock:metrics:state` | hash | `last`: id of the newest entry of the stream that is counted; `gauges`: JSON of the second that is not told yet |
 * | `lambdock:metrics:environments` | hash | environment id -> JSON, see environments.ts |
 * | `lambdock:metrics:<account>:<region>:names` | hash | row id -> JSON of metric code -> hour of its newest data; what has expired goes when an aggregator takes up |
 * | `lambdock:metrics:<account>:<region>:<hour>` | hash | `<minute>/<row id>` -> JSON, see rows.ts; hours since the epoch; expires |
 */
import type { RowId } from "./dimensions.ts";
import type { Minute, ScopeKey } from "./rows.ts";

export const leaseKey = "lambdock:metrics:lease";
export const stateKey = "lambdock:metrics:state";
export const environmentsKey = "lambdock:metrics:environments";
export const namesKey = (scope: ScopeKey): string => `lambdock:metrics:${scope}:names`;
export const hourKey = (scope: ScopeKey, hour: number): string => `lambdock:metrics:${scope}:${hour}`;

/** A row's field in its hour. */
export const rowField = (minute: Minute, row: RowId): string => `${minute % 60}/${row}`;

/** Hours since the epoch. */
export const hourOf = (minute: Minute): number => Math.floor(minute / 60);

/** In milliseconds. */
export const HOUR_MS = 3_600_000;
