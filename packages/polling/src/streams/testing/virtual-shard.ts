import type { BatchOutcome, BatchFailure, ShardCheckpoint, ShardEffect, ShardEvent, WindowInvoke } from "../shard-protocol.ts";
import { newShardWork, stepShard } from "../shard-work.ts";
import type { ShardWork } from "../shard-state.ts";
import type { StreamPolicy } from "../stream-policy.ts";
import type { StreamRecord } from "../stream-record.ts";

/** What the scripted function is called with. */
export interface Invocation {
  readonly at: number;
  readonly numbers: readonly string[];
  readonly keys: readonly string[];
  readonly window?: WindowInvoke;
}

/** How the scripted function answers; `durationMs` 10 when absent. */
export type Script = (invocation: Invocation, nth: number) => BatchOutcome & { readonly durationMs?: number };

/** A shard's work in virtual time: effects are performed at once or after the function's duration. */
export interface VirtualShard {
  readonly invocations: readonly Invocation[];
  readonly checkpoints: readonly { readonly at: number; readonly checkpoint: ShardCheckpoint }[];
  readonly discards: readonly { readonly at: number; readonly numbers: readonly string[]; readonly failure: BatchFailure }[];
  readonly effects: readonly ShardEffect[];
  readonly work: ShardWork;
  readonly now: number;
  send(event: ShardEvent): void;
  /** Lets time pass; everything due happens in its order. */
  run(untilMs: number): void;
}

/** Default rules of a stream mapping; changes override. */
export function policy(changes: Partial<StreamPolicy> = {}): StreamPolicy {
  return {
    lanes: 1,
    batchSize: 100,
    batchBytesMax: 6_000_000,
    batchingWindowMs: 0,
    partialResponses: false,
    bisect: false,
    retriesMax: Infinity,
    recordAgeMaxMs: Infinity,
    tumblingWindowMs: 0,
    retry: { firstMs: 1_000, factor: 1.7, maxMs: 15_000 },
    setback: { firstMs: 250, factor: 2, maxMs: 30_000 },
    ...changes,
  };
}

/** Records numbered from `first`, arrived at 0, with keys of their own unless said otherwise. */
export function records(first: number, count: number, changes: Partial<StreamRecord> = {}): StreamRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const sequenceNumber = String(first + index);
    return {
      sequenceNumber,
      orderKey: `k${sequenceNumber}`,
      arrivedAt: 0,
      json: `{"n":${sequenceNumber}}`,
      bytes: 10,
      passes: true,
      ...changes,
    };
  });
}

/** Answer of a function that returns this document. */
export function answered(document: unknown): BatchOutcome {
  return { kind: "answered", answer: JSON.stringify(document), requestId: "r", executedVersion: "$LATEST" };
}

export const ok: BatchOutcome = answered(null);
export const functionError: BatchOutcome = { kind: "function-error", requestId: "r", executedVersion: "$LATEST" };

/** A partial batch response that names these sequence numbers. */
export function failures(...numbers: readonly string[]): BatchOutcome {
  return answered({ batchItemFailures: numbers.map((itemIdentifier) => ({ itemIdentifier })) });
}

/** Starts the work on a shard at time 0. */
export function virtualShard(rules: StreamPolicy, script: Script, checkpoint: ShardCheckpoint = {}): VirtualShard {
  let now = 0;
  let work = newShardWork(rules, checkpoint, now);
  let order = 0;
  const due: { readonly at: number; readonly order: number; readonly event: ShardEvent }[] = [];
  const shard = {
    invocations: [] as Invocation[],
    checkpoints: [] as VirtualShard["checkpoints"][number][],
    discards: [] as VirtualShard["discards"][number][],
    effects: [] as ShardEffect[],
  };
  const later = (at: number, event: ShardEvent): void => void due.push({ at, order: (order += 1), event });
  const perform = (effect: ShardEffect): void => {
    shard.effects.push(effect);
    if (effect.type === "wake") later(effect.at, { type: "wake" });
    if (effect.type === "checkpoint") shard.checkpoints.push({ at: now, checkpoint: effect.checkpoint });
    if (effect.type === "discard") {
      shard.discards.push({ at: now, numbers: effect.records.map((record) => record.sequenceNumber), failure: effect.failure });
      later(now, { type: "discarded", batch: effect.batch });
    }
    if (effect.type !== "invoke") return;
    const invocation: Invocation = {
      at: now,
      numbers: effect.records.map((record) => record.sequenceNumber),
      keys: effect.records.map((record) => record.orderKey),
      ...(effect.window === undefined ? {} : { window: effect.window }),
    };
    shard.invocations.push(invocation);
    const { durationMs = 10, ...outcome } = script(invocation, shard.invocations.length);
    later(now + durationMs, { type: "invoked", batch: effect.batch, outcome });
  };
  const send = (event: ShardEvent): void => {
    const { state, effects } = stepShard(work, event, now);
    work = state;
    for (const effect of effects) perform(effect);
  };
  return {
    ...shard,
    get work() {
      return work;
    },
    get now() {
      return now;
    },
    send,
    run(untilMs) {
      for (;;) {
        due.sort((one, other) => one.at - other.at || one.order - other.order);
        const next = due[0];
        if (next === undefined || next.at > untilMs) break;
        due.shift();
        now = Math.max(now, next.at);
        send(next.event);
      }
      now = Math.max(now, untilMs);
    },
  };
}

/** What a read brings. */
export function read(list: readonly StreamRecord[], more: { readonly closed?: boolean; readonly caughtUpAt?: number } = {}): ShardEvent {
  return { type: "read", records: list, closed: false, ...more };
}
