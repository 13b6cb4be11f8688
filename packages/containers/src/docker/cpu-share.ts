/**
 * CPU in proportion to memory: one vCPU at 1,769 MB. Init runs with a burst of about two vCPUs
 * whatever the memory, as on AWS; without it a 128 MB function would take a second to start its
 * runtime. The period is AWS's 20 ms, so that a small function waits briefly and often instead of
 * rarely and long.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
import { MEMORY_MB_PER_VCPU } from "@lambdock/model/limits";

/** CFS period, microseconds. */
export const CPU_PERIOD_US = 20_000;
/** vCPUs during init. */
const BURST_VCPUS = 2;
/** The kernel accepts no quota below this, microseconds. */
const QUOTA_US_MIN = 1_000;
const SHARES_PER_VCPU = 1_024;

/** Quota of a function per period, microseconds; -1 when its share is all of the host or more. */
export function functionQuotaUs(memorySizeMb: number, hostCpus: number): number {
  return quotaUs(memorySizeMb / MEMORY_MB_PER_VCPU, hostCpus);
}

/** Quota during init, microseconds; -1 when the host has no more than that. */
export function burstQuotaUs(memorySizeMb: number, hostCpus: number): number {
  return quotaUs(Math.max(BURST_VCPUS, memorySizeMb / MEMORY_MB_PER_VCPU), hostCpus);
}

/** Weight against other sandboxes when the host is busy. */
export function cpuWeight(memorySizeMb: number): number {
  return Math.max(2, Math.round((SHARES_PER_VCPU * memorySizeMb) / MEMORY_MB_PER_VCPU));
}

function quotaUs(vcpus: number, hostCpus: number): number {
  return vcpus >= hostCpus ? -1 : Math.max(QUOTA_US_MIN, Math.round(vcpus * CPU_PERIOD_US));
}
