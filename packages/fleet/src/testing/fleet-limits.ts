import type { FleetLimits } from "../fleet-protocol.ts";

/** Bounds that no test meets unless it says so: environments live forever, nothing is kept ready. */
export const unbounded: FleetLimits = {
  accountConcurrency: 1_000_000,
  environmentsPerFunction: 0,
  parallelStarts: 1_000_000,
  sparesPerFunction: 0,
  spares: 0,
  scalingBurst: 0,
  scalingPerSecond: 1,
  requestsPerConcurrency: 0,
  provisionedDelayMs: 0,
  provisionedPerMinute: 0,
  idleMs: { min: 1e15, max: 1e15 },
  idleHalvingMs: 0,
  ageMs: { min: 1e15, max: 1e15 },
};
