import type { QualifiedStores } from "@lambdock/directory/qualified-specs";
import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { functionArn } from "@lambdock/model/arn";
import type { AliasStore } from "@lambdock/store/aliases";
import { createProvisionedConcurrencyStore } from "@lambdock/store/provisioned-concurrency";
import type { RedisClient } from "@lambdock/store/redis";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { createProvisionedUpkeep, type ProvisionedUpkeep } from "./provisioned-upkeep.ts";
import { createReservationNews } from "./reservation-news.ts";

type ConcurrencyParts = Pick<
  ControlPlaneParts,
  "reservedConcurrency" | "reservationNews" | "provisionedConcurrency" | "provisionedUpkeep" | "onQualifierChange"
>;

/** What {@link createConcurrencyParts} works with. */
export interface ConcurrencyNeeds extends QualifiedStores {
  readonly aliases: Pick<AliasStore, "get" | "update">;
  readonly executor: Pick<Executor, "reserve" | "allocations">;
  readonly clock: Pick<Timers, "after">;
  readonly logger: Logger;
  /** A fresh UUID. */
  readonly newId: () => string;
}

/** Reserved and provisioned concurrency, and how the executor hears of them. */
export function createConcurrencyParts(redis: RedisClient, needs: ConcurrencyNeeds): ConcurrencyParts {
  const reservedConcurrency = createReservedConcurrencyStore(redis);
  const provisionedConcurrency = createProvisionedConcurrencyStore(redis);
  const reservationNews = createReservationNews({
    ...needs,
    reservedConcurrency,
    onLook: (reported) => provisionedUpkeep.arrive(reported),
  });
  const provisionedUpkeep: ProvisionedUpkeep = createProvisionedUpkeep({
    ...needs,
    reservedConcurrency,
    provisionedConcurrency,
    reservationNews,
  });
  return {
    reservedConcurrency,
    reservationNews,
    provisionedConcurrency,
    provisionedUpkeep,
    async onQualifierChange(id, qualifier) {
      try {
        await provisionedUpkeep.settle(id, qualifier);
      } catch (error) {
        // The change itself is stored; the next sweep settles what depends on it.
        needs.logger.warn("provisioned concurrency could not follow its qualifier", { arn: functionArn(id, qualifier), cause: error });
      }
    },
  };
}
