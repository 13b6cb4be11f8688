import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import { functionKey, provisionedKey, reservationsGenerationKey, reservationsKey } from "./keys.ts";
import { deleteReservationScript, putReservationScript, readConcurrencyScript } from "./lua/reserved-concurrency.ts";
import { provisionedTarget, requestedBy } from "./provisioned-concurrency.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** How a request for a reservation ended. */
export type ReservationOutcome =
  | { readonly kind: "changed" }
  /** All of the account that is claimed, together, would be more than allowed. */
  | { readonly kind: "over" }
  /** The function has more provisioned than that. */
  | { readonly kind: "below-provisioned"; readonly provisioned: number }
  /** There is no such function. */
  | { readonly kind: "gone" };

/** Reserved concurrency of functions. It goes with its function, and is no part of any version. */
export interface ReservedConcurrencyStore {
  get(id: FunctionId): Promise<number | undefined>;
  /** `over` when all that is claimed of the account would be more than that; 0 never is. `now`: epoch milliseconds. */
  put(id: FunctionId, reserved: number, limits: { readonly claimedMax: number; readonly now: number }): Promise<ReservationOutcome>;
  delete(id: FunctionId): Promise<"changed" | "unchanged" | "gone">;
  /** What one account and region has claimed: reservations, and what is provisioned for functions without one. */
  claimed(scope: Scope): Promise<number>;
  /** Reserved and provisioned concurrency of all accounts. */
  readonly table: () => Promise<ReservationTable>;
}

/** Reserved concurrency in Redis. */
export function createReservedConcurrencyStore(redis: RedisClient): ReservedConcurrencyStore {
  return {
    async get(id) {
      const text = await redis.hget(reservationsKey, functionArn(id));
      return text === null ? undefined : Number(text);
    },
    async put(id, reserved, { claimedMax, now }) {
      const [kind, provisioned] = (await runScript(redis, putReservationScript, {
        keys: [functionKey(id), reservationsKey, reservationsGenerationKey, provisionedKey],
        args: [functionArn(id), reserved, functionArn({ ...id, name: "" }), claimedMax, Math.floor(now)],
      })) as [ReservationOutcome["kind"], number?];
      return kind === "below-provisioned" ? { kind, provisioned: provisioned ?? 0 } : { kind };
    },
    async delete(id) {
      const keys = [functionKey(id), reservationsKey, reservationsGenerationKey];
      const outcome = await runScript(redis, deleteReservationScript, { keys, args: [functionArn(id)] });
      if (outcome === 1) return "changed";
      return outcome === 0 ? "unchanged" : "gone";
    },
    claimed: (scope) => claimed(redis, scope),
    table: async () => {
      const { generation, functions, provisioned } = await readConcurrency(redis);
      const targets = provisioned.map(([target, value]) => provisionedTarget(target, value));
      return { generation, functions, ...(targets.length === 0 ? {} : { provisioned: targets }) };
    },
  };
}

async function claimed(redis: RedisClient, scope: Scope): Promise<number> {
  const prefix = functionArn({ ...scope, name: "" });
  const { functions, provisioned } = await readConcurrency(redis);
  const reservedThere = Object.entries(functions).filter(([arn]) => arn.startsWith(prefix));
  const unreservedThere = provisioned.filter(
    ([target]) => target.startsWith(prefix) && functions[target.slice(0, target.lastIndexOf(":"))] === undefined,
  );
  return [...reservedThere.map(([, reserved]) => reserved), ...unreservedThere.map(([, value]) => requestedBy(value))].reduce(
    (sum, number) => sum + number,
    0,
  );
}

/** What is stored at one moment; provisioned as targets with their stored values. */
interface StoredConcurrency {
  readonly generation: number;
  readonly functions: Readonly<Record<string, number>>;
  readonly provisioned: readonly (readonly [target: string, value: string])[];
}

async function readConcurrency(redis: RedisClient): Promise<StoredConcurrency> {
  const keys = [reservationsKey, reservationsGenerationKey, provisionedKey];
  const answer = await runScript(redis, readConcurrencyScript, { keys, args: [] });
  const [generation, reservations, provisioned] = answer as [string, string[], string[]];
  const functions = Object.fromEntries(pairsOf(reservations).map(([arn, reserved]) => [arn, Number(reserved)]));
  return { generation: Number(generation), functions, provisioned: pairsOf(provisioned) };
}

function pairsOf(flat: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!] as const);
}
