/**
 * Execution environments in virtual time: the fleet's own decisions, with sampled durations in
 * place of sandboxes. It emits the lifecycle events that a real executor would.
 */
import { sampleColdStart, type ColdStartModel } from "@lambdock/fleet/cold-start-model";
import type { RandomSource } from "@lambdock/fleet/distribution";
import { createFleet } from "@lambdock/fleet/fleet";
import type { Fleet, FleetEffects, FleetLimits, InvokeOptions } from "@lambdock/fleet/fleet-protocol";
import type { InitializationType } from "@lambdock/model/function-spec";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import {
  addressed,
  isPlain,
  newEnvironment,
  type PlacedRun,
  type SimulatedFunction,
  type VirtualEnvironment,
  type VirtualRun,
} from "./virtual-environment.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface VirtualExecutorOptions {
  readonly time: VirtualTime;
  readonly limits: FleetLimits;
  readonly coldStart: ColdStartModel;
  readonly lifecycle: Lifecycle;
  /** For cold starts, and for the fleet's own lifetimes. */
  readonly random: RandomSource;
  readonly functions: readonly SimulatedFunction[];
}

/** How often the executor has old environments looked for. */
const REAP_EVERY_MS = 1_000;

/** The executor in virtual time. */
export class VirtualExecutor {
  readonly #options: VirtualExecutorOptions;
  readonly #fleet: Fleet<SimulatedFunction>;
  /** By the number that is the environment's id. */
  readonly #environments: (VirtualEnvironment | undefined)[] = [];
  /** Runs that wait for an environment, by request id. */
  readonly #runs = new Map<string, PlacedRun>();
  readonly #created: number;
  readonly #initialized: number;
  readonly #ended: number;
  /** The run that is being placed: most have their environment at once, and never wait. */
  #placing: PlacedRun | undefined;

  constructor(options: VirtualExecutorOptions) {
    const { time, limits, random } = options;
    this.#options = options;
    let environments = 0;
    this.#fleet = createFleet<SimulatedFunction>({
      limits,
      random,
      newId: () => String((environments += 1)),
    });
    this.#created = time.handle((id) => this.#onCreated(id));
    this.#initialized = time.handle((id) => this.#apply(this.#fleet.initialized(String(id), time.now)));
    this.#ended = time.handle((id) => this.#onEnded(id));
    this.#reserve();
    time.every(REAP_EVERY_MS, () => this.#apply(this.#fleet.reap(time.now)));
  }

  /** Request ids are those of runs: two that are under way at once never share one. */
  invoke(group: SimulatedFunction, run: VirtualRun, options: InvokeOptions): void {
    const placed = { run, group, options, askedAt: this.#options.time.now };
    this.#placing = placed;
    const effects = this.#fleet.invoke(group, run.requestId, this.#options.time.now, options);
    const [first] = effects;
    if (first === undefined || (first.type !== "assign" && first.type !== "throttle") || first.runId !== run.requestId) {
      this.#placing = undefined;
      this.#runs.set(run.requestId, placed);
    }
    this.#apply(effects);
  }

  #reserve(): void {
    const { functions, time } = this.#options;
    const reserved = functions.flatMap(({ functionArn, settings }) =>
      settings.reserved === undefined ? [] : [[functionArn, settings.reserved] as const],
    );
    const provisioned = functions.flatMap((group) => {
      const { provisioned: count } = group.settings;
      if (count === undefined) return [];
      return [{ functionArn: group.functionArn, qualifier: group.version, id: "1", environments: [{ spec: group, count }] }];
    });
    this.#apply(this.#fleet.reserve({ generation: 1, functions: Object.fromEntries(reserved), provisioned }, time.now));
  }

  #apply(effects: FleetEffects<SimulatedFunction>): void {
    // By index: what a run's end causes may be decided before the rest is performed.
    for (let index = 0; index < effects.length; index += 1) {
      const effect = effects[index]!;
      switch (effect.type) {
        case "assign":
          this.#assign(effect.environmentId, effect);
          break;
        case "create":
          this.#create(effect.environmentId, effect.group, effect.initializationType);
          break;
        case "initialize":
          this.#initialize(effect.environmentId);
          break;
        case "throttle":
          this.#throttle(effect.runId, effect.reason);
          break;
        case "retire":
          this.#retire(effect.environmentId);
          break;
        case "patience": {
          const { time } = this.#options;
          time.after(effect.at - time.now, () => this.#apply(this.#fleet.impatient(effect.runId, time.now)));
          break;
        }
        case "abandon":
          // No simulated sandbox fails to be made.
          this.#takeRun(effect.runId).run.done("error", 0);
      }
    }
  }

  #create(id: string, group: SimulatedFunction, initializationType: InitializationType | undefined): void {
    const { time, lifecycle, coldStart, random } = this.#options;
    const { runtime, memoryMb: memorySizeMb, architecture } = group.settings;
    const { placementMs, initMs } = sampleColdStart(coldStart, { runtime, memorySizeMb, architecture }, random);
    this.#environments[Number(id)] = newEnvironment(id, group, initMs);
    lifecycle.emit({
      type: "environment",
      at: time.now,
      functionArn: group.functionArn,
      version: group.version,
      environmentId: id,
      state: "creating",
      ...(initializationType === undefined ? {} : { initializationType }),
    });
    time.push(placementMs, this.#created, Number(id));
  }

  #onCreated(id: number): void {
    this.#apply(this.#fleet.created(String(id), this.#options.time.now));
  }

  #initialize(id: string): void {
    this.#options.time.push(this.#environments[Number(id)]!.initMs, this.#initialized, Number(id));
  }

  #assign(
    id: string,
    effect: { readonly runId: string; readonly cold: boolean; readonly provisioned?: true; readonly spillover?: true },
  ): void {
    const { time, lifecycle } = this.#options;
    const environment = this.#environments[Number(id)]!;
    const { run, options, askedAt } = this.#takeRun(effect.runId);
    const { functionArn, version, settings } = environment.group;
    environment.run = run;
    environment.options = options;
    environment.waitedMs = effect.cold ? 0 : time.now - askedAt;
    environment.provisioned = effect.provisioned === true;
    environment.spillover = effect.spillover === true;
    const suppressedMs = environment.reset && !effect.cold ? environment.initMs : 0;
    const wantedMs = suppressedMs + run.durationMs;
    environment.durationMs = Math.min(wantedMs, settings.timeoutMs);
    environment.status = wantedMs > settings.timeoutMs ? "timeout" : run.fails ? "error" : "success";
    environment.initDurationMs = effect.cold ? environment.initMs : undefined;
    environment.reset = false;
    const cold = effect.cold || suppressedMs > 0;
    const start = {
      type: "invocation-start",
      at: time.now,
      functionArn,
      version,
      environmentId: id,
      requestId: run.requestId,
      cold,
    } as const;
    lifecycle.emit(isPlain(environment) ? start : { ...start, ...addressed(environment) });
    time.push((environment.initDurationMs ?? 0) + environment.durationMs, this.#ended, Number(id));
  }

  #onEnded(id: number): void {
    const { time, lifecycle } = this.#options;
    const environment = this.#environments[id]!;
    const { run, group, status, initDurationMs } = environment;
    environment.run = undefined;
    if (status === "timeout") environment.reset = true;
    const end = {
      type: "invocation-end",
      at: time.now,
      functionArn: group.functionArn,
      version: group.version,
      environmentId: environment.id,
      requestId: run!.requestId,
      // A handler that throws is a failure; `error` is the environment's own.
      status: status === "error" ? "failure" : status,
      durationMs: environment.durationMs,
    } as const;
    const init = initDurationMs === undefined ? {} : { initMs: initDurationMs };
    // Copies are dear, and of ten million invocations hardly one is cold.
    lifecycle.emit(isPlain(environment) && initDurationMs === undefined ? end : { ...end, ...init, ...addressed(environment) });
    if (environment.retiring) this.#stop(environment);
    else {
      this.#fleet.answered(environment.id);
      this.#apply(this.#fleet.idle(environment.id, time.now));
    }
    run!.done(status === "success" ? "success" : "error", environment.waitedMs);
  }

  #retire(id: string): void {
    const environment = this.#environments[Number(id)]!;
    if (environment.run === undefined) this.#stop(environment);
    else environment.retiring = true;
  }

  #stop({ id, group }: VirtualEnvironment): void {
    const { time, lifecycle } = this.#options;
    this.#environments[Number(id)] = undefined;
    const { functionArn, version } = group;
    lifecycle.emit({ type: "environment", at: time.now, functionArn, version, environmentId: id, state: "stopped" });
    this.#apply(this.#fleet.gone(id, time.now));
  }

  #throttle(runId: string, reason: string): void {
    const { time, lifecycle } = this.#options;
    const { run, group, options } = this.#takeRun(runId);
    const { functionArn, version } = group;
    const qualifier = options.qualifier === undefined ? {} : { qualifier: options.qualifier };
    lifecycle.emit({ type: "throttle", at: time.now, functionArn, version, requestId: run.requestId, reason, ...qualifier });
    run.done("throttled", 0);
  }

  #takeRun(runId: string): PlacedRun {
    const placing = this.#placing;
    if (placing !== undefined && placing.run.requestId === runId) {
      this.#placing = undefined;
      return placing;
    }
    const taken = this.#runs.get(runId)!;
    this.#runs.delete(runId);
    return taken;
  }
}
