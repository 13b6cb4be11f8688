import type { Logger } from "@lambdock/kernel/logger";
import type { CgroupReader } from "./cgroup-reader.ts";
import { burstQuotaUs, CPU_PERIOD_US, functionQuotaUs } from "./cpu-share.ts";

/** Switches one sandbox between the burst of init and the share of its MemorySize. */
export interface CpuControl {
  burst(): void;
  limit(): void;
}

/** What a control works on. */
export interface CpuControlOptions {
  readonly memorySizeMb: number;
  readonly hostCpus: number;
  /** Absent where the executor can't write the kernel's files: the engine is asked, some 10 ms. */
  readonly cgroup: CgroupReader | undefined;
  /** `docker update`. */
  readonly update: (resources: { readonly CpuPeriod: number; readonly CpuQuota: number }) => Promise<unknown>;
  readonly logger: Logger;
}

/** A control for a sandbox that was created with the burst quota. Changes are made in order; a failed one is logged. */
export function createCpuControl(options: CpuControlOptions): CpuControl {
  const burst = burstQuotaUs(options.memorySizeMb, options.hostCpus);
  const share = functionQuotaUs(options.memorySizeMb, options.hostCpus);
  let wanted = burst;
  let last = Promise.resolve();
  const set = (quota: number): void => {
    if (quota === wanted) return;
    wanted = quota;
    if (options.cgroup?.setCpuQuota(quota) === true) return;
    last = last.then(() => apply(quota));
  };
  const apply = async (quota: number): Promise<void> => {
    if (quota !== wanted) return; // changed again while the engine was busy
    try {
      await options.update({ CpuPeriod: CPU_PERIOD_US, CpuQuota: quota });
    } catch (error) {
      options.logger.debug("the CPU share of a sandbox could not be changed", { error });
    }
  };
  return { burst: () => set(burst), limit: () => set(share) };
}
