/**
 * Lifecycle events in, rows of metrics out: the pure heart of the aggregator. Events of one
 * environment are in order, since one process tells of it; a stream may tell an event twice.
 */
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { foldAsyncEvent, foldMapping, placeOf, type FoldTarget } from "./fold-others.ts";
import type { Concurrency } from "./concurrency.ts";
import { executedRow, resourceRow, type RowId } from "./dimensions.ts";
import type { Environment, Run } from "./environments.ts";
import { partsOf, type FunctionParts } from "./limits.ts";
import { addValue, createRows, type Rows } from "./rows.ts";
import { createTallies, type Tallies } from "./tallies.ts";

/** What events since the last look came to. */
export interface Batch {
  /** By the narrowest dimensions; {@link rollUp} does the others. */
  readonly rows: Rows;
  /** Gauges, which don't add up: each at its own dimensions. */
  readonly gauges: Rows;
  readonly tallies: Tallies;
  /** Ids of environments that came, went or changed. */
  readonly environments: ReadonlySet<string>;
  readonly events: number;
}

/** The state of the fold. Changed in place. */
export interface Fold {
  apply(event: LifecycleEvent): void;
  /** Nothing earlier than that instant is still to come: gauges are told until then. */
  advance(at: number): void;
  /** What came since the last call. */
  take(): Batch;
  readonly environments: Map<string, Environment>;
  readonly concurrency: Concurrency;
  /** Instant of the newest event, epoch milliseconds; 0 before the first. */
  readonly newestAt: number;
}

type Of<Type extends LifecycleEvent["type"]> = Extract<LifecycleEvent, { type: Type }>;

/** No run is longer: 15 minutes, as long for its init, and some for extensions. What seems to be has lost its end. */
const RUN_MS_MAX = 2_100_000;
/** Functions remembered by ARN: the same few are in every event. */
const REMEMBERED_MAX = 10_000;

/** A fold of no events; `gauges` is where its concurrency tells. */
export function createFold(createConcurrencyOf: (gauges: () => Rows) => Concurrency): Fold {
  let gauges = createRows();
  return new EventFold(
    createConcurrencyOf(() => gauges),
    () => {
      const taken = gauges;
      gauges = createRows();
      return taken;
    },
  );
}

class EventFold implements Fold {
  readonly environments = new Map<string, Environment>();
  readonly concurrency: Concurrency;
  readonly #takeGauges: () => Rows;
  readonly #functions = new Map<string, FunctionParts>();
  #rows = createRows();
  #tallies = createTallies();
  #changed = new Set<string>();
  #events = 0;
  newestAt = 0;

  constructor(concurrency: Concurrency, takeGauges: () => Rows) {
    this.concurrency = concurrency;
    this.#takeGauges = takeGauges;
  }

  apply(event: LifecycleEvent): void {
    this.#events += 1;
    this.newestAt = Math.max(this.newestAt, event.at);
    switch (event.type) {
      case "invocation-start":
        return this.#begin(event);
      case "invocation-end":
        return this.#end(event);
      case "environment":
        return this.#environment(event);
      case "executor":
        return this.#forgetAll(event.at);
      case "throttle":
        return this.#throttle(event);
      case "async-event":
        return foldAsyncEvent(event, this.#target(event.functionArn));
      case "mapping":
        return foldMapping(event, this.#target(event.functionArn));
      case "recursion-dropped":
        return this.#rows.add(placeOf(this.#target(event.functionArn), event.qualifier, event.at), "RecursiveInvocationsDropped", 1);
      case "function":
        return;
    }
  }

  advance(at: number): void {
    for (const [id, environment] of this.environments)
      if (environment.run !== undefined && at - environment.run.startedAt > RUN_MS_MAX) this.#dropRun(id, environment, at);
    this.concurrency.advance(at);
  }

  take(): Batch {
    const batch = {
      rows: this.#rows,
      gauges: this.#takeGauges(),
      tallies: this.#tallies,
      environments: this.#changed,
      events: this.#events,
    };
    this.#rows = createRows();
    this.#tallies = createTallies();
    this.#changed = new Set();
    this.#events = 0;
    return batch;
  }

  #begin(event: Of<"invocation-start">): void {
    const { environmentId: id, requestId, at, qualifier } = event;
    const environment = this.#known(id, event);
    if (environment.run?.requestId === requestId) return;
    if (environment.lastRequestId === requestId && at <= environment.lastEndAt) return;
    if (environment.run !== undefined) this.#dropRun(id, environment, at);
    const { scope, name } = this.#parts(event.functionArn);
    const [provisioned, spillover] = [event.provisioned === true, event.spillover === true];
    const kind = { scope, name, qualifier, provisioned, addressesProvisioned: provisioned || spillover };
    const lane = this.concurrency.lane(kind, at);
    this.concurrency.begin(lane, at);
    environment.run = { requestId, startedAt: at, qualifier, provisioned, spillover, lane };
    if (event.cold) this.#tallies.add("coldStarts", { scope, name }, "", 1);
    this.#changed.add(id);
  }

  #end(event: Of<"invocation-end">): void {
    const { environmentId: id, requestId, at } = event;
    const environment = this.#known(id, event);
    const { run } = environment;
    if (run?.requestId === requestId) this.#dropRun(id, environment, at);
    else if (environment.lastRequestId === requestId && at <= environment.lastEndAt) return;
    environment.lastRequestId = requestId;
    environment.lastEndAt = at;
    this.#changed.add(id);
    this.#count(event, run?.requestId === requestId ? run : undefined);
  }

  #count(event: Of<"invocation-end">, run: Run | undefined): void {
    const { scope, name } = this.#parts(event.functionArn);
    const failed = event.status !== "success";
    // CloudWatch dates an invocation by its beginning.
    const startedAt = run?.startedAt ?? event.at - event.durationMs - (event.initMs ?? 0);
    const row = this.#rows.at({ scope, row: this.#rowOf(name, event), minute: Math.floor(startedAt / 60_000) });
    addValue(row, "Invocations", 1);
    addValue(row, "Errors", failed ? 1 : 0);
    addValue(row, "Throttles", 0);
    addValue(row, "Duration", event.durationMs);
    if (event.extensionsMs !== undefined) addValue(row, "PostRuntimeExtensionsDuration", event.extensionsMs);
    const provisioned = event.provisioned ?? run?.provisioned ?? false;
    const spillover = event.spillover ?? run?.spillover ?? false;
    if (provisioned) addValue(row, "ProvisionedConcurrencyInvocations", 1);
    if (provisioned || spillover) addValue(row, "ProvisionedConcurrencySpilloverInvocations", spillover ? 1 : 0);
    if (failed) this.#tallies.add("errors", { scope, name }, event.status, 1);
    if (event.initMs !== undefined) this.#tallies.add("initMs", { scope, name }, "", event.initMs);
  }

  #rowOf(name: string, { qualifier, version }: { readonly qualifier?: string; readonly version: string }): RowId {
    // An alias: it names another version than itself.
    if (qualifier !== undefined && qualifier !== version && qualifier !== "$LATEST") return executedRow(name, qualifier, version);
    return resourceRow(name, qualifier);
  }

  #throttle(event: Of<"throttle">): void {
    const { scope, name } = this.#parts(event.functionArn);
    const minute = Math.floor(event.at / 60_000);
    this.#rows.add({ scope, row: this.#rowOf(name, event), minute }, "Throttles", 1);
    this.#tallies.add("throttles", { scope, name }, event.reason, 1);
  }

  #environment(event: Of<"environment">): void {
    const { environmentId: id, state, at } = event;
    const environment = this.#known(id, event);
    environment.state = state;
    this.#changed.add(id);
    if (state !== "stopped") return;
    if (environment.run !== undefined) this.#dropRun(id, environment, at);
    this.environments.delete(id);
  }

  #forgetAll(at: number): void {
    for (const [id, environment] of this.environments) {
      if (environment.run !== undefined) this.#dropRun(id, environment, at);
      this.#changed.add(id);
    }
    this.environments.clear();
  }

  #dropRun(id: string, environment: Environment, at: number): void {
    this.concurrency.end(environment.run!.lane, at);
    environment.run = undefined;
    // What it was before the run (such as init) is over; a state after it is told.
    environment.state = "idle";
    this.#changed.add(id);
  }

  #known(id: string, { functionArn, version }: { readonly functionArn: string; readonly version: string }): Environment {
    let environment = this.environments.get(id);
    if (environment === undefined) {
      environment = { functionArn, version, state: "idle", run: undefined, lastRequestId: undefined, lastEndAt: 0 };
      this.environments.set(id, environment);
    }
    return environment;
  }

  #target(functionArn: string): FoldTarget {
    return { rows: this.#rows, parts: this.#parts(functionArn) };
  }

  #parts(functionArn: string): FunctionParts {
    let parts = this.#functions.get(functionArn);
    if (parts === undefined) {
      if (this.#functions.size >= REMEMBERED_MAX) this.#functions.clear();
      this.#functions.set(functionArn, (parts = partsOf(functionArn)));
    }
    return parts;
  }
}
