import type { ProvisionedAllocation } from "@lambdock/model/reserved-concurrency";
import type { ProvisionedConfig } from "@lambdock/store/provisioned-concurrency";

/** How far an allocation has come. */
export type Allocated = Pick<ProvisionedAllocation, "status" | "allocated" | "available" | "statusReason">;

/** What holds until the executor reports on a configuration. */
export const UNALLOCATED: Allocated = { status: "IN_PROGRESS", allocated: 0, available: 0 };

/** A configuration as the API shows it. */
export function provisionedView(config: ProvisionedConfig, { status, allocated, available, statusReason }: Allocated): object {
  return {
    RequestedProvisionedConcurrentExecutions: config.requested,
    AvailableProvisionedConcurrentExecutions: available,
    AllocatedProvisionedConcurrentExecutions: allocated,
    Status: status,
    ...(statusReason === undefined ? {} : { StatusReason: statusReason }),
    LastModified: toTheSecond(config.modified),
  };
}

/** `2019-12-31T20:28:49+0000`, without the milliseconds that functions have [docs]. */
function toTheSecond(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}+0000`;
}
