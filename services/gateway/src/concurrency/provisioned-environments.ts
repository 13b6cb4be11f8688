import type { WeightedSpec } from "@lambdock/directory/qualified-specs";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { ProvisionedTarget } from "@lambdock/model/reserved-concurrency";

/**
 * The environments that a request for so many means: all of one version, or for an alias with routing
 * as many of each as its weight says, by largest remainder. A version that gets none is left out. While an
 * alias moves all are of the version that it moves to; those of the other are to stay until it has.
 */
export function environmentsOf(behind: readonly WeightedSpec[], requested: number): ProvisionedTarget["environments"] {
  if (behind.some(({ leaving }) => leaving)) return behind.map(({ spec, leaving }) => ({ spec, count: leaving ? 0 : requested }));
  const shares = behind.map(({ weight }) => weight * requested);
  const counts = shares.map(Math.floor);
  // Ties go to the version that is not additional, which comes first.
  const byRemainder = shares.map((share, index) => ({ index, remainder: share - counts[index]! }));
  byRemainder.sort((one, other) => other.remainder - one.remainder || one.index - other.index);
  const missing = requested - counts.reduce((sum, count) => sum + count, 0);
  for (const { index } of byRemainder.slice(0, missing)) counts[index]! += 1;
  return behind.map(({ spec }, index) => ({ spec, count: counts[index]! })).filter(({ count }) => count > 0);
}

/** True when both mean the same environments: as many, running the same. */
export function sameEnvironments(one: ProvisionedTarget["environments"], other: ProvisionedTarget["environments"]): boolean {
  return (
    one.length === other.length &&
    one.every(({ spec, count }, index) => count === other[index]!.count && sameSpec(spec, other[index]!.spec))
  );
}

function sameSpec(one: FunctionSpec, other: FunctionSpec): boolean {
  return one.version === other.version && one.revision === other.revision;
}
