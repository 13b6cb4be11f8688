import { specsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";
import { LATEST } from "@lambdock/directory/spec";
import type { Logger } from "@lambdock/kernel/logger";
import { functionArn, parseFunctionName, type FunctionId } from "@lambdock/model/arn";
import type { ProvisionedConcurrencyStore, ProvisionedConfig } from "@lambdock/store/provisioned-concurrency";
import type { ReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { environmentsOf, sameEnvironments } from "./provisioned-environments.ts";
import type { ReservationNews } from "./reservation-news.ts";

/**
 * Keeps what is provisioned for a qualifier in step with what is behind it. A configuration and an
 * alias are written by different calls: each looks at the other after its own write, so that whoever
 * is second sees both.
 */
export interface ProvisionedUpkeep {
  /**
   * Brings the configuration of a qualifier up to date: allocation begins anew where other
   * versions or weights are behind it now, and it is deleted where there is nothing to provision any
   * more. Answers it as it is now; `undefined` without one.
   */
  readonly settle: (id: FunctionId, qualifier: string) => Promise<ProvisionedConfig | undefined>;
  /** The same for all there are: what a gateway that was killed in between left behind. */
  readonly settleAll: () => Promise<void>;
}

export interface ProvisionedUpkeepParts extends QualifiedStores {
  readonly provisionedConcurrency: ProvisionedConcurrencyStore;
  readonly reservedConcurrency: Pick<ReservedConcurrencyStore, "table">;
  readonly reservationNews: Pick<ReservationNews, "announce">;
  readonly logger: Logger;
  /** A fresh UUID. */
  readonly newId: () => string;
}

export function createProvisionedUpkeep(parts: ProvisionedUpkeepParts): ProvisionedUpkeep {
  const settle = async (id: FunctionId, qualifier: string): Promise<ProvisionedConfig | undefined> => {
    const { config, changed } = await settled(parts, id, qualifier);
    if (changed) await parts.reservationNews.announce();
    return config;
  };
  return {
    settle,
    async settleAll() {
      const { provisioned = [] } = await parts.reservedConcurrency.table();
      for (const target of provisioned) {
        const { accountId = "", region = "", name = "" } = parseFunctionName(target.functionArn) ?? {};
        await settle({ accountId, region, name }, target.qualifier);
      }
    },
  };
}

interface Settled {
  readonly config: ProvisionedConfig | undefined;
  readonly changed: boolean;
}

async function settled(parts: ProvisionedUpkeepParts, id: FunctionId, qualifier: string): Promise<Settled> {
  const { provisionedConcurrency: store, newId } = parts;
  for (let changed = false; ;) {
    const config = await store.get(id, qualifier);
    if (config === undefined) return { config, changed };
    const behind = await specsBehind(parts, id, qualifier);
    if (behind === undefined || behind.some(({ spec }) => spec.version === LATEST)) {
      if (behind !== undefined) warnOfLatest(parts.logger, functionArn(id, qualifier));
      changed = (await store.delete(id, qualifier, config.id)) || changed;
      continue;
    }
    const environments = environmentsOf(behind, config.requested);
    if (sameEnvironments(config.environments, environments)) return { config, changed };
    const moved = { ...config, id: newId(), environments };
    changed = (await store.replace(id, qualifier, { expectedId: config.id, config: moved })) || changed;
  }
}

function warnOfLatest(logger: Logger, alias: string): void {
  logger.warn("an alias with provisioned concurrency points to $LATEST, which can't have any: its configuration is deleted", { alias });
}
