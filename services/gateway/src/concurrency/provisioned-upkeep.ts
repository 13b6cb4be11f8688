import { specsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";
import { LATEST } from "@lambdock/directory/spec";
import type { Logger } from "@lambdock/kernel/logger";
import { functionArn, parseFunctionName, type FunctionId } from "@lambdock/model/arn";
import { notFound } from "@lambdock/model/errors/aws-error";
import type { ProvisionedAllocation } from "@lambdock/model/reserved-concurrency";
import type { AliasStore } from "@lambdock/store/aliases";
import type { ProvisionedConcurrencyStore, ProvisionedConfig } from "@lambdock/store/provisioned-concurrency";
import type { ReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { arrivedAlias } from "./provisioned-alias.ts";
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
  /**
   * Lets requests follow the aliases that have moved, where all is initialized for the version to which
   * they moved. Answers whether there was any: the executor is to hear of it.
   */
  readonly arrive: (reported: readonly ProvisionedAllocation[]) => Promise<boolean>;
}

export interface ProvisionedUpkeepParts extends QualifiedStores {
  readonly aliases: Pick<AliasStore, "get" | "update">;
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
    // What it waited for is not provisioned any more.
    if (config === undefined) await endMove(parts, id, qualifier);
    if (changed) await parts.reservationNews.announce();
    return config;
  };
  return {
    settle,
    async settleAll() {
      const { provisioned = [] } = await parts.reservedConcurrency.table();
      for (const target of provisioned) await settle(idOf(target.functionArn), target.qualifier);
    },
    async arrive(reported) {
      let any = false;
      for (const allocation of reported) if (allocation.status === "READY") any = (await arrived(parts, allocation)) || any;
      return any;
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

/** The allocation is the same one as before, without what was kept besides it. */
async function arrived(
  parts: ProvisionedUpkeepParts,
  { functionArn: arn, qualifier, id: expectedId }: ProvisionedAllocation,
): Promise<boolean> {
  const { provisionedConcurrency: store } = parts;
  const id = idOf(arn);
  const config = await store.get(id, qualifier);
  if (config?.id !== expectedId) return false;
  const environments = config.environments.filter(({ count }) => count > 0);
  if (environments.length === config.environments.length) return false;
  await endMove(parts, id, qualifier);
  return store.replace(id, qualifier, { expectedId, config: { ...config, environments } });
}

/** Ends the alias's move, if it is on one: requests follow it. */
async function endMove({ aliases, newId }: ProvisionedUpkeepParts, id: FunctionId, name: string): Promise<void> {
  if ((await aliases.get(id, name))?.Moving === undefined) return;
  await aliases.update(id, name, (before) => {
    if (before === undefined) throw notFound(`Cannot find alias arn: ${functionArn(id, name)}`);
    return before.Moving === undefined ? before : arrivedAlias(before, newId());
  });
}

function idOf(arn: string): FunctionId {
  const { accountId = "", region = "", name = "" } = parseFunctionName(arn) ?? {};
  return { accountId, region, name };
}

function warnOfLatest(logger: Logger, alias: string): void {
  logger.warn("an alias with provisioned concurrency points to $LATEST, which can't have any: its configuration is deleted", { alias });
}
