import type { MappingStatus } from "@lambdock/model/mapping-status";
import type { RedisClient } from "./redis.ts";

/** A mapping's status, as the poller that works it told last. */
export interface ReportedStatus extends MappingStatus {
  /** The poller's id. */
  readonly poller: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What pollers tell of their mappings. Nothing is kept of a poller that has fallen silent. */
export interface MappingStatusStore {
  write(statuses: ReadonlyMap<string, ReportedStatus>): Promise<void>;
  forget(uuid: string): Promise<void>;
  /** By UUID; mappings that nobody works are left out. */
  read(uuids: readonly string[]): Promise<ReadonlyMap<string, ReportedStatus>>;
}

/** A status that is not told again for so long is no longer true. */
const VALID_MS = 5_000;

/** Statuses in Redis, a string per mapping that expires by itself. */
export function createMappingStatusStore(redis: RedisClient): MappingStatusStore {
  return {
    async write(statuses) {
      await Promise.all([...statuses].map(([uuid, status]) => redis.set(statusKey(uuid), JSON.stringify(status), "PX", VALID_MS)));
    },
    async forget(uuid) {
      await redis.del(statusKey(uuid));
    },
    async read(uuids) {
      if (uuids.length === 0) return new Map();
      const texts = await redis.mget(uuids.map(statusKey));
      const found = uuids.map((uuid, index) => [uuid, texts[index]] as const).filter(([, text]) => typeof text === "string");
      return new Map(found.map(([uuid, text]) => [uuid, JSON.parse(text!) as ReportedStatus]));
    },
  };
}

const statusKey = (uuid: string): string => `lambdock:poller:status:${uuid}`;
