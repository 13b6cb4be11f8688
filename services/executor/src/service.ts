import { randomBytes } from "node:crypto";
import { SandboxUnavailable } from "@lambdock/containers/port";
import type { Executor, PrepareResult } from "@lambdock/executor-client/port";
import { createFleet } from "@lambdock/fleet/fleet";
import type { Fleet, FleetEffect, FleetEffects } from "@lambdock/fleet/fleet-protocol";
import type { Service } from "@lambdock/kernel/service";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { ProvisionedAllocation, ReservationTable } from "@lambdock/model/reserved-concurrency";
import type { ExecutorDependencies } from "./dependencies.ts";
import { ActiveRun } from "./environments/active-run.ts";
import type { ControllerListener } from "./environments/controller-options.ts";
import type { EnvironmentController } from "./environments/environment-controller.ts";
import { EnvironmentFactory } from "./environments/environment-factory.ts";
import { Provisioner, type Provision } from "./environments/provision.ts";
import { createMadeNews } from "./made-news.ts";
import { SnapshotTrials } from "./snapshot-trials.ts";

const REAP_EVERY_MS = 1_000;
/** On stop: removing the sandboxes may take so long, whatever the deadline of the runs. */
const REMOVAL_MS = 15_000;
/** A function becomes Active at the latest so long after its code is ready, spare or no spare. */
const SPARE_WAIT_MS = 3_000;

/** The executor service: owns all execution environments of one machine. */
export function createExecutor(dependencies: ExecutorDependencies): Service & Executor {
  return new ExecutorService(dependencies);
}

class ExecutorService implements Service, Executor {
  readonly #deps: ExecutorDependencies;
  readonly #fleet: Fleet<FunctionSpec>;
  readonly #provisioner: Provisioner;
  readonly #factory: EnvironmentFactory;
  readonly #snapshots: SnapshotTrials;
  readonly #controllers = new Map<string, EnvironmentController>();
  readonly #runs = new Map<string, ActiveRun>();
  readonly #failures = new Map<string, string>();
  readonly #made = createMadeNews();
  #runCount = 0;
  #stopping = false;
  #cancelReap: () => void = () => {};
  #onQuiet: () => void = () => {};

  constructor(dependencies: ExecutorDependencies) {
    this.#deps = dependencies;
    this.#fleet = createFleet<FunctionSpec>({
      limits: dependencies.limits,
      newId: () => randomBytes(16).toString("hex"),
      random: Math.random,
    });
    this.#provisioner = new Provisioner(dependencies.driver, dependencies.codeStore);
    this.#factory = new EnvironmentFactory(dependencies, this.#provisioner);
    this.#snapshots = new SnapshotTrials(this.#factory);
  }

  async start(): Promise<void> {
    const left = await this.#deps.driver.reap();
    if (left > 0) this.#deps.logger.info("removed what an earlier executor left behind", { sandboxes: left });
    this.#deps.lifecycle.emit({ type: "executor", at: this.#deps.timers.now(), change: "started" });
    this.#scheduleReap();
  }

  async prepare(spec: FunctionSpec): Promise<PrepareResult> {
    let provision: Provision;
    try {
      provision = await this.#provisioner.renew(spec);
      const unusable = spec.snapStart === true && !this.#stopping ? await this.#snapshots.run(spec) : undefined;
      if (unusable !== undefined) return unusable;
    } catch (error) {
      if (!(error instanceof SandboxUnavailable))
        this.#deps.logger.error("preparing a function failed", { function: spec.functionArn, error });
      const reasonCode = error instanceof SandboxUnavailable ? error.reasonCode : "InternalError";
      return { kind: "failed", reasonCode, reason: error instanceof Error ? error.message : String(error) };
    }
    if (!this.#stopping && this.#deps.limits.sparesPerFunction > 0) await this.#makeSpare(spec);
    const { resolvedImageUri, runtimeVersionArn } = provision.runtime;
    return {
      kind: "ready",
      ...(spec.package.kind === "zip" ? { runtimeVersionArn } : {}),
      ...(resolvedImageUri === undefined ? {} : { resolvedImageUri }),
    };
  }

  /** Has a spare sandbox made, and waits for it: a function's first cold start finds it. */
  async #makeSpare(spec: FunctionSpec): Promise<void> {
    const before = this.#fleet.environments;
    this.#apply(this.#fleet.prepare(spec, this.#deps.timers.now()));
    if (this.#fleet.environments > before) await this.#within(SPARE_WAIT_MS, this.#made.next(spec));
  }

  invoke(request: InvokeRequest): Promise<InvokeOutcome> {
    return new Promise((resolve) => {
      if (this.#stopping) {
        resolve({ kind: "unavailable", message: "Lambdock's executor is stopping; call again once it has restarted." });
        return;
      }
      const runId = String((this.#runCount += 1));
      const now = this.#deps.timers.now();
      const run = new ActiveRun(request, resolve, now);
      this.#runs.set(runId, run);
      this.#apply(this.#fleet.invoke(request.spec, runId, now, run.addressed));
    });
  }

  async retire(functionArn: string, version: string, keepRevision?: string): Promise<void> {
    this.#apply(this.#fleet.retire(functionArn, version, keepRevision, this.#deps.timers.now()));
  }

  async reserve(table: ReservationTable): Promise<void> {
    this.#apply(this.#fleet.reserve(table, this.#deps.timers.now()));
  }

  async allocations(): Promise<readonly ProvisionedAllocation[]> {
    return this.#fleet.allocations();
  }

  async health(): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }> {
    try {
      await this.#deps.driver.ping();
      return { ok: true };
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelReap();
    // What is provisioned is neither made nor replaced any more.
    this.#apply(this.#fleet.reserve({ generation: Number.MAX_SAFE_INTEGER, functions: {} }, this.#deps.timers.now()));
    if (this.#fleet.inFlight > 0) await this.#within(deadlineMs, new Promise<void>((resolve) => (this.#onQuiet = resolve)));
    for (const controller of this.#controllers.values())
      controller.shutDown("Lambdock's executor stopped before the function answered; call again once it has restarted.");
    // However little time the runs were given, nothing stays behind.
    await this.#within(Math.max(deadlineMs, REMOVAL_MS), Promise.all([this.#allStopped(), this.#snapshots.stop()]));
    await this.#deps.runtimeApi.close();
    await this.#deps.logSink.flush();
    await this.#deps.driver.close();
  }

  #apply(effects: FleetEffects<FunctionSpec>): void {
    for (const effect of effects) this.#perform(effect);
    if (this.#fleet.inFlight === 0) this.#onQuiet();
  }

  #perform(effect: FleetEffect<FunctionSpec>): void {
    switch (effect.type) {
      case "assign":
        this.#controllers.get(effect.environmentId)!.assign(this.#takeRun(effect.runId).placed(effect, this.#deps.timers.now()));
        return;
      case "create":
        void this.#make(effect);
        return;
      case "initialize":
        this.#controllers.get(effect.environmentId)?.initialize();
        return;
      case "retire":
        this.#controllers.get(effect.environmentId)?.retire();
        return;
      case "throttle":
        this.#throttle(effect);
        return;
      case "patience":
        this.#deps.timers.after(effect.at - this.#deps.timers.now(), () =>
          this.#apply(this.#fleet.impatient(effect.runId, this.#deps.timers.now())),
        );
        return;
      case "abandon":
        this.#takeRun(effect.runId).unavailable(this.#failures.get(effect.environmentId) ?? "The execution environment could not be made.");
        return;
    }
  }

  #takeRun(runId: string): ActiveRun {
    const run = this.#runs.get(runId)!;
    this.#runs.delete(runId);
    return run;
  }

  #throttle({ runId, reason, retryAfterSeconds }: EffectOf<"throttle">): void {
    const run = this.#takeRun(runId);
    const { spec, requestId } = run.request;
    this.#deps.lifecycle.emit({
      type: "throttle",
      at: this.#deps.timers.now(),
      functionArn: spec.functionArn,
      version: spec.version,
      requestId,
      reason,
      ...run.facts,
    });
    run.throttled(reason, retryAfterSeconds);
  }

  /** Makes a new environment. Never rejects: a failure is told to the fleet. */
  async #make({ environmentId: id, group: spec, initializationType }: EffectOf<"create">): Promise<void> {
    try {
      const order = { environmentId: id, spec, initializationType, listener: this.#listener(id) };
      const { controller, begin } = await this.#factory.make(order);
      this.#controllers.set(id, controller);
      begin();
      this.#apply(this.#fleet.created(id, this.#deps.timers.now()));
      if (this.#stopping) controller.onLost("Lambdock's executor is stopping.");
    } catch (error) {
      this.#couldNotMake(id, spec, error);
    }
    this.#made.tell(spec);
  }

  #listener(id: string): ControllerListener {
    const { timers, logger } = this.#deps;
    return {
      onAnswered: () => this.#fleet.answered(id),
      onIdle: () => this.#apply(this.#fleet.idle(id, timers.now())),
      onInitialized: () => this.#apply(this.#fleet.initialized(id, timers.now())),
      onInitFailed: (reason) => {
        logger.warn("an environment of provisioned concurrency could not be initialized", { environment: id, reason });
        this.#apply(this.#fleet.initFailed(id, timers.now()));
      },
      onStopped: () => {
        this.#controllers.delete(id);
        this.#apply(this.#fleet.gone(id, timers.now()));
      },
    };
  }

  #couldNotMake(environmentId: string, spec: FunctionSpec, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#deps.logger.warn("an execution environment could not be made", { function: spec.functionArn, error: message });
    this.#failures.set(environmentId, message);
    this.#apply(this.#fleet.gone(environmentId, this.#deps.timers.now()));
    this.#failures.delete(environmentId);
  }

  #within(deadlineMs: number, done: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.timers.after(deadlineMs, resolve);
      void done.finally(() => {
        cancel();
        resolve();
      });
    });
  }

  #allStopped(): Promise<void> {
    if (this.#controllers.size === 0 && this.#fleet.environments === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => void (this.#fleet.environments === 0 ? resolve() : this.#deps.timers.after(10, look));
      look();
    });
  }

  #scheduleReap(): void {
    this.#cancelReap = this.#deps.timers.after(REAP_EVERY_MS, () => {
      this.#apply(this.#fleet.reap(this.#deps.timers.now()));
      this.#scheduleReap();
    });
  }
}

type EffectOf<Type extends string> = Extract<FleetEffect<FunctionSpec>, { type: Type }>;
