import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import { functionKey, reservationsGenerationKey, reservationsKey } from "./keys.ts";
import { deleteReservationScript, putReservationScript, readReservationsScript } from "./lua/reserved-concurrency.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** How a change of a reservation ended. */
export type ReservationOutcome = "changed" | "unchanged" | "over" | "gone";

/** Reserved concurrency of functions. It goes with its function, and is no part of any version. */
export interface ReservedConcurrencyStore {
  get(id: FunctionId): Promise<number | undefined>;
  /** `over` when all reservations of the account together would be more than that; 0 never is. */
  put(id: FunctionId, reserved: number, limits: { readonly allReservedMax: number; readonly now: number }): Promise<ReservationOutcome>;
  delete(id: FunctionId): Promise<ReservationOutcome>;
  /** Sum of the reservations of one account and region. */
  total(scope: Scope): Promise<number>;
  /** Those of all accounts. */
  readonly table: () => Promise<ReservationTable>;
}

/** Reserved concurrency in Redis. */
export function createReservedConcurrencyStore(redis: RedisClient): ReservedConcurrencyStore {
  const keysOf = (id: FunctionId): string[] => [functionKey(id), reservationsKey, reservationsGenerationKey];
  return {
    async get(id) {
      const text = await redis.hget(reservationsKey, functionArn(id));
      return text === null ? undefined : Number(text);
    },
    async put(id, reserved, { allReservedMax, now }) {
      const args = [functionArn(id), reserved, functionArn({ ...id, name: "" }), allReservedMax, Math.floor(now)];
      const outcome = await runScript(redis, putReservationScript, { keys: keysOf(id), args });
      if (outcome === 1) return "changed";
      return outcome === 0 ? "over" : "gone";
    },
    async delete(id) {
      const outcome = await runScript(redis, deleteReservationScript, { keys: keysOf(id), args: [functionArn(id)] });
      if (outcome === 1) return "changed";
      return outcome === 0 ? "unchanged" : "gone";
    },
    async total(scope) {
      const prefix = functionArn({ ...scope, name: "" });
      const { functions } = await readTable(redis);
      return Object.entries(functions).reduce((sum, [arn, reserved]) => (arn.startsWith(prefix) ? sum + reserved : sum), 0);
    },
    table: () => readTable(redis),
  };
}

async function readTable(redis: RedisClient): Promise<ReservationTable> {
  const answer = await runScript(redis, readReservationsScript, { keys: [reservationsKey, reservationsGenerationKey], args: [] });
  const [generation, ...fields] = answer as string[];
  const functions: Record<string, number> = {};
  for (let index = 0; index < fields.length; index += 2) functions[fields[index]!] = Number(fields[index + 1]);
  return { generation: Number(generation), functions };
}
