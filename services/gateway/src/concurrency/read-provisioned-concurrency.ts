import { functionNotFound, unqualifiedAddressOf } from "@lambdock/directory/function-address";
import type { QualifiedStores } from "@lambdock/directory/qualified-specs";
import type { Executor } from "@lambdock/executor-client/port";
import type { Logger } from "@lambdock/kernel/logger";
import { functionArn } from "@lambdock/model/arn";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { ProvisionedAllocation } from "@lambdock/model/reserved-concurrency";
import type { ProvisionedConcurrencyStore, ProvisionedConfig } from "@lambdock/store/provisioned-concurrency";
import { decodeMarker, encodeMarker } from "../functions/marker.ts";
import type { Operation, RequestContext } from "../operation.ts";
import type { ProvisionedUpkeep } from "./provisioned-upkeep.ts";
import type { ReservationNews } from "./reservation-news.ts";
import { requireTarget } from "./provisioned-concurrency.ts";
import { provisionedView, UNALLOCATED, type Allocated } from "./provisioned-view.ts";

export interface ReadProvisionedParts extends QualifiedStores {
  readonly provisionedConcurrency: Pick<ProvisionedConcurrencyStore, "get" | "list">;
  readonly provisionedUpkeep: Pick<ProvisionedUpkeep, "arrive">;
  readonly reservationNews: Pick<ReservationNews, "announce">;
  readonly executor: Pick<Executor, "allocations">;
  readonly logger: Logger;
}

const PAGE_MAX = 50;

/** GetProvisionedConcurrencyConfig: what was asked for, and how far the executor has come with it. */
export function getProvisionedConcurrencyConfig(parts: ReadProvisionedParts): Operation {
  return async (input: { readonly FunctionName: string; readonly Qualifier?: string }, { scope }: RequestContext) => {
    const { id, qualifier } = await requireTarget(parts, scope, input);
    const config = await parts.provisionedConcurrency.get(id, qualifier);
    if (config === undefined)
      throw new AwsError("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function");
    return provisionedView(config, allocatedOf(config, await reportedBy(parts)));
  };
}

/** ListProvisionedConcurrencyConfigs of one function, at most fifty to a page. */
export function listProvisionedConcurrencyConfigs(parts: ReadProvisionedParts): Operation {
  return async (
    input: { readonly FunctionName: string; readonly Marker?: string; readonly MaxItems?: number },
    { scope }: RequestContext,
  ) => {
    const { id, arn } = unqualifiedAddressOf(scope, input.FunctionName);
    const after = decodeMarker(input.Marker);
    if ((await parts.functions.get(id)) === undefined) throw functionNotFound(arn);
    const left = (await parts.provisionedConcurrency.list(id)).filter(([qualifier]) => after === undefined || qualifier > after);
    const page = left.slice(0, Math.min(input.MaxItems ?? PAGE_MAX, PAGE_MAX));
    const reported = page.length === 0 ? [] : await reportedBy(parts);
    const last = page.at(-1)?.[0];
    return {
      ProvisionedConcurrencyConfigs: page.map(([qualifier, config]) => ({
        FunctionArn: functionArn(id, qualifier),
        ...provisionedView(config, allocatedOf(config, reported)),
      })),
      ...(page.length < left.length && last !== undefined ? { NextMarker: encodeMarker(last) } : {}),
    };
  };
}

/** An executor that is away, or has just started, has allocated nothing that could be used. */
async function reportedBy(parts: ReadProvisionedParts): Promise<readonly ProvisionedAllocation[]> {
  const { executor, logger, provisionedUpkeep, reservationNews } = parts;
  try {
    const reported = await executor.allocations();
    // Who hears that it is READY finds that requests have followed the alias.
    if (await provisionedUpkeep.arrive(reported)) await reservationNews.announce();
    return reported;
  } catch (error) {
    logger.warn("the executor could not be asked how far provisioned concurrency is allocated", { cause: error });
    return [];
  }
}

/** A report on an earlier request for the same qualifier says nothing about this one. */
function allocatedOf(config: ProvisionedConfig, reported: readonly ProvisionedAllocation[]): Allocated {
  return reported.find(({ id }) => id === config.id) ?? UNALLOCATED;
}
