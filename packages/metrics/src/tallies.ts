/** Counts that Prometheus shows and CloudWatch has no metric for. */
import type { ScopeKey } from "./rows.ts";

/** What is counted, by function and one more label. */
export type TallyName = "coldStarts" | "errors" | "throttles" | "initMs";

/** A function as labels name it. */
export interface TalliedFunction {
  readonly scope: ScopeKey;
  readonly name: string;
}

export interface Tally extends TalliedFunction {
  readonly label: string;
  sum: number;
  count: number;
}

/** Sums by name, function and label. */
export interface Tallies {
  /** Adds one value. `label` is empty where there is none. */
  add(name: TallyName, about: TalliedFunction, label: string, value: number): void;
  /** A count that is 0 unless there is one. */
  begin(name: TallyName, about: TalliedFunction, label: string): void;
  merge(other: Tallies): void;
  of(name: TallyName): Iterable<Tally>;
}

/** Nothing counted yet. */
export function createTallies(): Tallies {
  const all = new Map<TallyName, Map<string, Tally>>();
  const tallyOf = (name: TallyName, { scope, name: functionName }: TalliedFunction, label: string): Tally => {
    let tallies = all.get(name);
    if (tallies === undefined) all.set(name, (tallies = new Map()));
    const key = `${scope} ${functionName} ${label}`;
    let tally = tallies.get(key);
    if (tally === undefined) tallies.set(key, (tally = { scope, name: functionName, label, sum: 0, count: 0 }));
    return tally;
  };
  return {
    add(name, about, label, value) {
      const tally = tallyOf(name, about, label);
      tally.sum += value;
      tally.count += 1;
    },
    begin: (name, about, label) => void tallyOf(name, about, label),
    merge(other) {
      for (const name of ["coldStarts", "errors", "throttles", "initMs"] as const)
        for (const { sum, count, label, ...about } of other.of(name)) {
          const tally = tallyOf(name, about, label);
          tally.sum += sum;
          tally.count += count;
        }
    },
    of: (name) => all.get(name)?.values() ?? [],
  };
}
