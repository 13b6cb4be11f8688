/** What the aggregator keeps in Redis, and how it is written: with the place in the stream, or not at all. */
import type { RedisClient } from "@lambdock/store/redis";
import { runScript } from "@lambdock/store/script";
import type { Gauge } from "./concurrency.ts";
import { groupBy } from "./group-by.ts";
import type { Level } from "./levels.ts";
import { commitScript, leaseScript, releaseScript } from "./lua/commit.ts";
import { METRICS } from "./metric-names.ts";
import { environmentsKey, hourKey, hourOf, HOUR_MS, leaseKey, namesKey, rowField, stateKey } from "./metrics-keys.ts";
import { decodeRow, encodeRow, mergeRow, type Place, type Row, type Rows, type ScopeKey } from "./rows.ts";

/** A gauge's second that is not told yet. */
export type OpenGauge = readonly [Gauge, Pick<Level<Gauge>, "second" | "highest" | "touched">];

/** Where an aggregator left off. */
export interface Stored {
  /** Id of the newest entry of the stream that is counted; `0` before the first. */
  readonly last: string;
  readonly gauges: readonly OpenGauge[];
  /** Texts of environments.ts by id. */
  readonly environments: ReadonlyMap<string, string>;
}

/** What is written together. */
export interface Commit {
  /** As {@link Stored} told it, or as the commit before wrote it. */
  readonly before: string;
  readonly last: string;
  readonly gauges: readonly OpenGauge[];
  /** Texts by id; empty is gone. */
  readonly environments: ReadonlyMap<string, string>;
  /** Added to what the same rows hold. */
  readonly rows: Rows;
}

export interface MetricsStore {
  /** True when the lease is ours now. */
  lease(): Promise<boolean>;
  release(): Promise<void>;
  load(): Promise<Stored>;
  /** False when another has the lease: nothing is written. When it rejects, {@link MetricsStore.load} tells whether it is. */
  commit(commit: Commit): Promise<boolean>;
}

export interface MetricsStoreOptions {
  readonly redis: RedisClient;
  /** Of this aggregator. */
  readonly token: string;
  readonly leaseMs: number;
  /** Rows are kept for so long. */
  readonly retentionMs: number;
}

/** The aggregator's keys, under a lease. */
export function createMetricsStore(options: MetricsStoreOptions): MetricsStore {
  const { redis, token, leaseMs } = options;
  const known = createKnownRows(redis);
  return {
    lease: async () => (await runScript(redis, leaseScript, { keys: [leaseKey], args: [token, leaseMs] })) === 1,
    async release() {
      await runScript(redis, releaseScript, { keys: [leaseKey], args: [token] });
    },
    async load() {
      known.forget();
      const [state, environments] = await Promise.all([redis.hgetall(stateKey), redis.hgetall(environmentsKey)]);
      return {
        last: state["last"] ?? "0",
        gauges: JSON.parse(state["gauges"] ?? "[]") as OpenGauge[],
        environments: new Map(Object.entries(environments)),
      };
    },
    async commit(commit) {
      const hashes = await known.add(commit.rows, options.retentionMs);
      const { before, last, gauges, environments } = commit;
      const args: (string | number)[] = [token, leaseMs, before, last, JSON.stringify(gauges), environments.size];
      for (const [id, text] of environments) args.push(id, text);
      for (const { expiresAt, fields } of hashes.values()) {
        args.push(expiresAt, fields.size);
        for (const [name, text] of fields) args.push(name, text);
      }
      const keys = [leaseKey, stateKey, environmentsKey, ...hashes.keys()];
      return (await runScript(redis, commitScript, { keys, args })) === 1;
    },
  };
}

/** A hash to be written. */
interface HashWrite {
  /** Epoch milliseconds; 0: never. */
  readonly expiresAt: number;
  readonly fields: Map<string, string>;
}

interface KnownRows {
  /** Adds rows to what is stored of them; answers the hashes' new fields by key. */
  add(rows: Rows, retentionMs: number): Promise<ReadonlyMap<string, HashWrite>>;
  /** Reads everything anew: others may have written. */
  forget(): void;
}

function createKnownRows(redis: RedisClient): KnownRows {
  let rows = new Map<string, Row>();
  const names = new Map<ScopeKey, Names>();
  const idOf = ({ scope, minute, row }: Place): string => `${minute} ${scope} ${row}`;
  const read = async (places: readonly Place[], into: Map<string, Row>): Promise<void> => {
    for (const [key, those] of groupBy(places, ({ scope, minute }) => hourKey(scope, hourOf(minute)))) {
      const texts = await redis.hmget(key, ...those.map(({ minute, row }) => rowField(minute, row)));
      for (const [index, place] of those.entries()) {
        const text = texts[index] ?? null;
        into.set(idOf(place), text === null ? new Map() : decodeRow(text));
      }
    }
  };
  return {
    async add(added, retentionMs) {
      const entries = [...added.entries()];
      // What grew in this second grows in the next; other rows need no memory.
      const growing = new Map(entries.flatMap(([place]) => (rows.has(idOf(place)) ? [[idOf(place), rows.get(idOf(place))!]] : [])));
      await read(
        entries.map(([place]) => place).filter((place) => !growing.has(idOf(place))),
        growing,
      );
      rows = growing;
      const hashes = new Map<string, HashWrite>();
      for (const [place, row] of entries) {
        const stored = rows.get(idOf(place))!;
        mergeRow(stored, row);
        const hour = hourOf(place.minute);
        const key = hourKey(place.scope, hour);
        const write = hashes.get(key) ?? { expiresAt: (hour + 1) * HOUR_MS + retentionMs, fields: new Map() };
        hashes.set(key, write);
        write.fields.set(rowField(place.minute, place.row), encodeRow(stored));
      }
      for (const [scope, fields] of await namesOf(redis, { names, retentionMs }, entries))
        hashes.set(namesKey(scope), { expiresAt: 0, fields });
      return hashes;
    },
    forget() {
      rows.clear();
      names.clear();
    },
  };
}

/** Hours of newest data by metric code, by row id. */
type Names = Map<string, Record<string, number>>;

/** What is stored of a scope's names. Those whose data have expired go: functions that were made for a test are many. */
async function storedNames(redis: RedisClient, scope: ScopeKey, oldestHour: number): Promise<Names> {
  const stored = Object.entries(await redis.hgetall(namesKey(scope)));
  const names: Names = new Map(stored.map(([row, text]) => [row, JSON.parse(text) as Record<string, number>]));
  const expired = [...names].filter(([, hours]) => Object.values(hours).every((hour) => hour < oldestHour)).map(([row]) => row);
  if (expired.length > 0) await redis.hdel(namesKey(scope), ...expired);
  for (const row of expired) names.delete(row);
  return names;
}

/** Names of metrics that are new, or have data in a new hour. */
async function namesOf(
  redis: RedisClient,
  { names, retentionMs }: { readonly names: Map<ScopeKey, Names>; readonly retentionMs: number },
  entries: readonly (readonly [Place, Row])[],
): Promise<ReadonlyMap<ScopeKey, Map<string, string>>> {
  const changed = new Map<ScopeKey, Map<string, string>>();
  for (const [{ scope, minute, row: id }, row] of entries) {
    let known = names.get(scope);
    if (known === undefined)
      names.set(scope, (known = await storedNames(redis, scope, hourOf(minute) - Math.ceil(retentionMs / HOUR_MS) - 1)));
    const hours = known.get(id) ?? {};
    known.set(id, hours);
    const hour = hourOf(minute);
    const newer = [...row.keys()].filter((metric) => (hours[METRICS[metric].code] ?? -1) < hour);
    if (newer.length === 0) continue;
    for (const metric of newer) hours[METRICS[metric].code] = hour;
    const fields = changed.get(scope) ?? new Map<string, string>();
    changed.set(scope, fields.set(id, JSON.stringify(hours)));
  }
  return changed;
}
