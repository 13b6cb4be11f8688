/**
 * The one consumer that turns the lifecycle stream into metrics. Everything that events came to is
 * written together with the id of the last of them, so that a kill at any moment neither loses nor
 * doubles one. A lease keeps a second aggregator waiting; it takes over when that ends.
 */
import { randomUUID } from "node:crypto";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { Service } from "@lambdock/kernel/service";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import { eventsOf, LIFECYCLE_STREAM } from "@lambdock/store/lifecycle-stream";
import type { RedisClient } from "@lambdock/store/redis";
import { createConcurrency } from "./concurrency.ts";
import { decodeEnvironment, encodeEnvironment } from "./environments.ts";
import { createFold, type Batch, type Fold } from "./fold.ts";
import { limitsOf, partsOf } from "./limits.ts";
import { createMetricsStore, type Commit, type MetricsStore, type OpenGauge, type Stored } from "./metrics-store.ts";
import { createPrometheus, type Prometheus } from "./prometheus.ts";
import { createRows, rollUp } from "./rows.ts";

export interface AggregatorOptions {
  readonly redis: RedisClient;
  readonly timers: Timers;
  readonly logger: Logger;
  /** What is reserved and provisioned now. */
  readonly table: () => Promise<ReservationTable>;
  /** Concurrent executions of an account. */
  readonly accountConcurrency: number;
  /** Metrics are kept for so many days. */
  readonly days: number;
}

/** The aggregator as a service; `read` is its part of `/metrics` as Prometheus text. */
export interface Aggregator extends Service {
  readonly read: () => Promise<string>;
  /** One round, as the timer has it done: for tests. */
  readonly turn: () => Promise<void>;
}

/** Between two rounds: metrics are so old when they can be read. */
const TURN_MS = 1_000;
/** A killed aggregator's place is free after that. */
const LEASE_MS = 5_000;
/** Entries of one read, of sixteen events each: more would keep the event loop from requests for milliseconds. */
const ENTRIES = 16;
/** Events after which is written, however many still wait. */
const BATCH_EVENTS = 20_000;
/** Events are in the stream at the latest so long after they happened. */
const STREAM_DELAY_MS = 2_000;
const DAY_MS = 86_400_000;

/** Builds the aggregator; nothing happens before `start`. */
export function createAggregator(options: AggregatorOptions): Aggregator {
  return new StreamAggregator(options);
}

/** What the holder of the lease knows. */
interface Held {
  readonly fold: Fold;
  last: string;
}

class StreamAggregator implements Aggregator {
  readonly #options: AggregatorOptions;
  readonly #store: MetricsStore;
  readonly #prometheus: Prometheus = createPrometheus();
  #held: Held | undefined;
  #cancel = (): void => undefined;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;
  #complained = false;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    const { redis, days } = options;
    this.#store = createMetricsStore({ redis, token: randomUUID(), leaseMs: LEASE_MS, retentionMs: days * DAY_MS });
  }

  readonly read = async (): Promise<string> => this.#prometheus.text(this.#held?.fold);
  readonly turn = (): Promise<void> => (this.#turning = this.#turning.then(() => this.#guarded()));

  async start(): Promise<void> {
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.turn();
    this.#held = undefined;
    await this.#store.release().catch(() => undefined);
  }

  #schedule(): void {
    if (!this.#stopped) this.#cancel = this.#options.timers.after(TURN_MS, () => void this.turn().then(() => this.#schedule()));
  }

  /** Never rejects. After a failure nobody knows what is written: the next turn begins with what is. */
  async #guarded(): Promise<void> {
    try {
      await this.#turn();
      this.#complained = false;
    } catch (error) {
      this.#held = undefined;
      if (!this.#complained) this.#options.logger.warn("metrics are not aggregated for now; trying again", { cause: error });
      this.#complained = true;
    }
  }

  async #turn(): Promise<void> {
    if (!(await this.#store.lease())) {
      this.#held = undefined;
      return;
    }
    const held = (this.#held ??= await this.#takeUp());
    for (let more = true; more;) {
      const before = held.last;
      more = await this.#readSome(held);
      const { fold } = held;
      fold.advance((more ? fold.newestAt : this.#options.timers.now()) - STREAM_DELAY_MS);
      if (!(await this.#write(held, before))) {
        this.#held = undefined;
        return;
      }
    }
  }

  async #takeUp(): Promise<Held> {
    const [stored, limits] = await Promise.all([this.#store.load(), this.#limits()]);
    await this.#tellGap(stored.last);
    const fold = createFold((gauges) => createConcurrency(limits, gauges));
    restore(fold, stored);
    return { fold, last: stored.last };
  }

  /** The stream is capped: what nobody folded for long is gone. */
  async #tellGap(last: string): Promise<void> {
    const [oldest] = await this.#options.redis.xrange(LIFECYCLE_STREAM, "-", "+", "COUNT", 1);
    if (last === "0" || oldest === undefined || timeOf(oldest[0]) <= timeOf(last)) return;
    const facts = { counted: new Date(timeOf(last)).toISOString(), kept: new Date(timeOf(oldest[0])).toISOString() };
    this.#options.logger.warn("metrics lack what happened between these times: the lifecycle stream no longer has it", facts);
  }

  async #limits(): Promise<ReturnType<typeof limitsOf>> {
    return limitsOf(await this.#options.table(), this.#options.accountConcurrency);
  }

  /** Answers whether there is more. */
  async #readSome(held: Held): Promise<boolean> {
    for (let events = 0; events < BATCH_EVENTS;) {
      const reply = await this.#options.redis.xread("COUNT", ENTRIES, "STREAMS", LIFECYCLE_STREAM, held.last);
      const entries = reply?.[0]?.[1] ?? [];
      // Limits may have changed just before what happens under them.
      if (events === 0 && entries.length > 0) held.fold.concurrency.setLimits(await this.#limits());
      for (const [id, fields] of entries) {
        const those = eventsOf(fields);
        for (const event of those) held.fold.apply(event);
        events += those.length;
        held.last = id;
      }
      if (entries.length < ENTRIES) return false;
    }
    return true;
  }

  async #write({ fold, last }: Held, before: string): Promise<boolean> {
    const batch = fold.take();
    if (last === before && batch.gauges.size === 0) return true;
    const commit = commitOf(fold, batch, { before, last });
    if (!(await this.#store.commit(commit))) return false;
    this.#prometheus.add(batch, commit.rows);
    return true;
  }
}

/** An entry's id begins with its time, epoch milliseconds. */
function timeOf(id: string): number {
  return Number(id.split("-")[0]);
}

function commitOf(fold: Fold, batch: Batch, ids: Pick<Commit, "before" | "last">): Commit {
  const rows = createRows();
  rollUp(batch.rows, rows);
  for (const [place, row] of batch.gauges.entries()) rows.mergeRow(place, row);
  const environments = new Map(
    [...batch.environments].map((id) => {
      const environment = fold.environments.get(id);
      return [id, environment === undefined ? "" : encodeEnvironment(environment)] as const;
    }),
  );
  const gauges = [...fold.concurrency.levels].flatMap(({ about, active, second, highest, touched }): OpenGauge[] =>
    active > 0 || touched ? [[about, { second, highest, touched }]] : [],
  );
  return { ...ids, rows, environments, gauges };
}

/** Brings a fold to where the last commit left it. */
function restore(fold: Fold, { gauges, environments }: Stored): void {
  const { concurrency } = fold;
  for (const [gauge, open] of gauges) concurrency.restore(gauge, open);
  for (const [id, text] of environments) {
    const { environment, run } = decodeEnvironment(text);
    fold.environments.set(id, environment);
    if (run === undefined) continue;
    const { scope, name } = partsOf(environment.functionArn);
    const { qualifier, provisioned, spillover } = run;
    const kind = { scope, name, qualifier, provisioned, addressesProvisioned: provisioned || spillover };
    const lane = concurrency.lane(kind, run.startedAt);
    concurrency.adopt(lane);
    environment.run = { ...run, lane };
  }
}
