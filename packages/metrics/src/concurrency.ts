/** Which gauges a run raises, and what CloudWatch is told of them. */
import { ACCOUNT_ROW, functionRow, resourceOf, resourceRow, type RowId } from "./dimensions.ts";
import { change, newLevel, settle, secondOf, type Level, type Sample } from "./levels.ts";
import type { Limits } from "./limits.ts";
import type { MetricName } from "./metric-names.ts";
import type { Rows, ScopeKey } from "./rows.ts";

/** A gauge's metric and place. `claimed` is what functions use of nobody's share, to which allocations are added. */
export interface Gauge {
  readonly scope: ScopeKey;
  readonly row: RowId;
  readonly metric: Exclude<MetricName, "ProvisionedConcurrencyUtilization">;
}

/** What a run is, as far as limits go. */
export interface RunKind {
  readonly scope: ScopeKey;
  readonly name: string;
  readonly qualifier: string | undefined;
  readonly provisioned: boolean;
  /** Addressed to what has provisioned concurrency, whether it runs on it or not. */
  readonly addressesProvisioned: boolean;
}

/** A kind of run, and each level with what one run adds to it. */
export type Lane = readonly (readonly [Level<Gauge>, weight: number])[];

/** All gauges. Changed in place. */
export interface Concurrency {
  /** The levels that such a run changes. Good until the limits change. */
  lane(kind: RunKind, at: number): Lane;
  begin(lane: Lane, at: number): void;
  end(lane: Lane, at: number): void;
  /** Tells all whole seconds before that instant. */
  advance(at: number): void;
  setLimits(limits: Limits): void;
  readonly limits: Limits;
  readonly levels: Iterable<Level<Gauge>>;
  /** Takes up what an earlier aggregator had not told yet. */
  restore(gauge: Gauge, open: Pick<Level<Gauge>, "second" | "highest" | "touched">): void;
  /** Takes up a run that is under way: it has been told when it began. */
  adopt(lane: Lane): void;
}

/** Lanes that are remembered; anything beyond is made anew. */
const LANES_MAX = 10_000;

/** No gauges yet; what is told goes into `rows()`. */
export function createConcurrency(first: Limits, rows: () => Rows): Concurrency {
  const levels = new Map<string, Level<Gauge>>();
  const lanes = new Map<string, Lane>();
  let limits = first;
  const sample: Sample<Gauge> = ({ about }, told) => tell(rows(), { gauge: about, limits, ...told });
  const levelOf = (gauge: Gauge, at: number): Level<Gauge> => {
    const key = `${gauge.scope} ${gauge.metric} ${gauge.row}`;
    let level = levels.get(key);
    if (level === undefined) levels.set(key, (level = newLevel(gauge, at)));
    return level;
  };
  const forget = (): void => {
    lanes.clear();
    for (const [key, level] of levels) if (level.active === 0 && !level.touched) levels.delete(key);
  };
  return {
    lane(kind, at) {
      const key = `${kind.scope} ${kind.name} ${kind.qualifier ?? ""} ${kind.provisioned} ${kind.addressesProvisioned}`;
      let lane = lanes.get(key);
      if (lane !== undefined) return lane;
      if (lanes.size >= LANES_MAX) forget();
      lane = gaugesOf(kind, limits).map(([gauge, weight]) => [levelOf(gauge, at), weight] as const);
      lanes.set(key, lane);
      return lane;
    },
    begin(lane, at) {
      for (const [level, weight] of lane) change(level, { sign: 1, weight, at }, sample);
    },
    end(lane, at) {
      for (const [level, weight] of lane) change(level, { sign: -1, weight, at }, sample);
    },
    advance(at) {
      const second = secondOf(at);
      for (const level of levels.values()) settle(level, second, sample);
    },
    setLimits(next) {
      if (next.generation !== limits.generation) forget();
      limits = next;
    },
    get limits() {
      return limits;
    },
    get levels() {
      return levels.values();
    },
    restore(gauge, open) {
      Object.assign(levelOf(gauge, 0), open);
    },
    adopt(lane) {
      for (const [level, weight] of lane) {
        level.value += weight;
        level.active += 1;
        level.highest = Math.max(level.highest, level.value);
      }
    },
  };
}

function gaugesOf(kind: RunKind, limits: Limits): readonly (readonly [Gauge, number])[] {
  const { scope, name, qualifier, provisioned } = kind;
  const gauge = (metric: Gauge["metric"], row: RowId): Gauge => ({ scope, row, metric });
  const unreserved = limits.reserved(scope, name) === undefined ? 1 : 0;
  const resource = resourceRow(name, qualifier);
  const all: (readonly [Gauge, number])[] = [
    [gauge("ConcurrentExecutions", ACCOUNT_ROW), 1],
    [gauge("UnreservedConcurrentExecutions", ACCOUNT_ROW), unreserved],
    // What runs on provisioned concurrency is claimed with all of that.
    [gauge("ClaimedAccountConcurrency", ACCOUNT_ROW), provisioned ? 0 : unreserved],
    [gauge("ConcurrentExecutions", functionRow(name)), 1],
    [gauge("ConcurrentExecutions", resource), 1],
  ];
  if (!kind.addressesProvisioned && limits.provisioned(scope, resourceOf(name, qualifier)) === undefined) return all;
  const weight = provisioned ? 1 : 0;
  return [
    ...all,
    [gauge("ProvisionedConcurrentExecutions", functionRow(name)), weight],
    [gauge("ProvisionedConcurrentExecutions", resource), weight],
  ];
}

interface Told {
  readonly gauge: Gauge;
  readonly limits: Limits;
  readonly value: number;
  readonly second: number;
  readonly seconds: number;
}

/** Seconds become samples of their minutes. */
function tell(rows: Rows, { gauge, limits, value, second, seconds }: Told): void {
  const { scope, row, metric } = gauge;
  const provisioned = metric === "ProvisionedConcurrentExecutions" ? limits.provisioned(scope, row.slice("r/".length)) : undefined;
  const shown = metric === "ClaimedAccountConcurrency" ? value + limits.allocated(scope) : value;
  const end = second + seconds;
  for (let from = second; from < end;) {
    const minute = Math.floor(from / 60);
    const until = Math.min(end, (minute + 1) * 60);
    const place = { scope, row, minute };
    rows.add(place, metric, shown, until - from);
    if (provisioned !== undefined && provisioned > 0)
      rows.add(place, "ProvisionedConcurrencyUtilization", value / provisioned, until - from);
    from = until;
  }
}
