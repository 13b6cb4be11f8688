import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { backoffMs, type Backoff } from "@lambdock/polling/streams/backoff";
import type { ShardProgress } from "@lambdock/polling/streams/shard-lineage";
import type { CheckpointStore } from "../checkpoints.ts";
import { LeaseLost, type LeaseToken } from "../leases/lease-token.ts";

/**
 * How far each shard is, in memory and in the checkpoint store. Writes are gathered: while one is under
 * way the next grows. What can't be stored now is tried until it can.
 */
export interface Progress {
  /** What is stored; rejects as the store does. */
  load(): Promise<void>;
  readonly shards: ReadonlyMap<string, ShardProgress>;
  set(shardId: string, progress: ShardProgress): void;
  remove(shardId: string): void;
  /** Once everything that was set until now is stored: true. False: the lease is lost, or it was closed before. */
  stored(): Promise<boolean>;
  /** Gives up what is not stored. */
  close(): void;
}

export interface ProgressOptions {
  readonly uuid: string;
  readonly checkpoints: CheckpointStore;
  readonly lease: LeaseToken;
  readonly onLeaseLost: () => void;
  readonly timers: Timers;
  readonly logger: Logger;
}

const FIELD = "shard:";
const RETRY: Backoff = { firstMs: 50, factor: 2, maxMs: 2_000 };

/** The progress of one mapping. */
export function createProgress(options: ProgressOptions): Progress {
  return new StoredProgress(options);
}

class StoredProgress implements Progress {
  readonly shards = new Map<string, ShardProgress>();
  readonly #options: ProgressOptions;
  /** Shards whose stored progress is old. */
  #changed = new Set<string>();
  #waiting: ((stored: boolean) => void)[] = [];
  #writing = false;
  #closed = false;
  #cancel: () => void = () => undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    const fields = await this.#options.checkpoints.read(this.#options.uuid);
    for (const [field, text] of Object.entries(fields))
      if (field.startsWith(FIELD)) this.shards.set(field.slice(FIELD.length), JSON.parse(text) as ShardProgress);
  }

  set(shardId: string, progress: ShardProgress): void {
    this.shards.set(shardId, progress);
    this.#touch(shardId);
  }

  remove(shardId: string): void {
    this.shards.delete(shardId);
    this.#touch(shardId);
  }

  stored(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    if (!this.#writing) return Promise.resolve(true);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#answer(this.#waiting.splice(0), false);
  }

  #touch(shardId: string): void {
    this.#changed.add(shardId);
    if (this.#writing || this.#closed) return;
    this.#writing = true;
    // What else is set in this turn of the loop goes along.
    queueMicrotask(() => void this.#write(1));
  }

  async #write(attempt: number): Promise<void> {
    if (this.#closed) return;
    const [changed, waiting] = [this.#changed, this.#waiting];
    this.#changed = new Set();
    this.#waiting = [];
    try {
      await this.#store(changed);
    } catch (error) {
      for (const shardId of changed) this.#changed.add(shardId);
      this.#waiting.unshift(...waiting);
      return this.#failed(error, attempt);
    }
    this.#answer(waiting, true);
    if (this.#changed.size > 0) return this.#write(1);
    this.#writing = false;
    this.#answer(this.#waiting.splice(0), true);
  }

  async #store(changed: ReadonlySet<string>): Promise<void> {
    const { checkpoints, uuid, lease } = this.#options;
    const fields: Record<string, string> = {};
    const removed: string[] = [];
    for (const shardId of changed) {
      const progress = this.shards.get(shardId);
      if (progress === undefined) removed.push(FIELD + shardId);
      else fields[FIELD + shardId] = JSON.stringify(progress);
    }
    await checkpoints.write(uuid, lease, fields, removed);
  }

  #failed(error: unknown, attempt: number): void {
    const { timers, logger, onLeaseLost } = this.#options;
    if (this.#closed) return;
    if (error instanceof LeaseLost) {
      this.close();
      return onLeaseLost();
    }
    logger.warn("checkpoints can't be stored: Redis does not answer; nothing is handed over until it does", { attempt, cause: error });
    this.#cancel = timers.after(backoffMs(RETRY, attempt), () => void this.#write(attempt + 1));
  }

  #answer(waiting: readonly ((stored: boolean) => void)[], stored: boolean): void {
    for (const resolve of waiting) resolve(stored);
  }
}
