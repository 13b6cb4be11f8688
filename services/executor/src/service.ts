import { randomBytes } from "node:crypto";
import { SandboxUnavailable } from "@lambdock/containers/port";
import type { Executor, PrepareResult } from "@lambdock/executor-client/port";
import { logStreamName } from "@lambdock/fleet/environment-variables";
import { createFleet } from "@lambdock/fleet/fleet";
import type { Fleet, FleetEffect } from "@lambdock/fleet/fleet-protocol";
import type { Service } from "@lambdock/kernel/service";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import type { ExecutorDependencies } from "./dependencies.ts";
import { ActiveRun } from "./environments/active-run.ts";
import { EnvironmentController } from "./environments/environment-controller.ts";
import { LogWriter } from "./environments/log-writer.ts";
import { Provisioner, type Provision } from "./environments/provision.ts";
import { groupOf, type SpecGroup } from "./environments/spec-group.ts";
import { sandboxSpec } from "./environments/sandbox-spec.ts";
import { RuntimeSession } from "./runtime-api/session.ts";

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
  readonly #fleet: Fleet<SpecGroup>;
  readonly #provisioner: Provisioner;
  readonly #controllers = new Map<string, EnvironmentController>();
  readonly #runs = new Map<string, ActiveRun>();
  readonly #failures = new Map<string, string>();
  /** Resolved when an environment's sandbox is made or could not be, by function revision. */
  readonly #madeListeners = new Map<string, (() => void)[]>();
  #runCount = 0;
  #stopping = false;
  #cancelReap: () => void = () => {};
  #onQuiet: () => void = () => {};

  constructor(dependencies: ExecutorDependencies) {
    this.#deps = dependencies;
    this.#fleet = createFleet<SpecGroup>(dependencies.limits, () => randomBytes(16).toString("hex"));
    this.#provisioner = new Provisioner(dependencies.driver, dependencies.codeStore);
  }

  async start(): Promise<void> {
    const left = await this.#deps.driver.reap();
    if (left > 0) this.#deps.logger.info("removed what an earlier executor left behind", { sandboxes: left });
    this.#scheduleReap();
  }

  async prepare(spec: FunctionSpec): Promise<PrepareResult> {
    let provision: Provision;
    try {
      provision = await this.#provisioner.renew(spec);
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
    this.#apply(this.#fleet.prepare(groupOf(spec), this.#deps.timers.now()));
    if (this.#fleet.environments > before) await this.#nextMade(spec);
  }

  invoke(request: InvokeRequest): Promise<InvokeOutcome> {
    return new Promise((resolve) => {
      if (this.#stopping) {
        resolve({ kind: "unavailable", message: "Lambdock's executor is stopping; call again once it has restarted." });
        return;
      }
      const runId = String((this.#runCount += 1));
      this.#runs.set(runId, new ActiveRun(request, resolve));
      this.#apply(this.#fleet.invoke(groupOf(request.spec), runId, this.#deps.timers.now()));
    });
  }

  async retire(functionArn: string, version: string, keepRevision?: string): Promise<void> {
    this.#apply(this.#fleet.retire(functionArn, version, keepRevision, this.#deps.timers.now()));
  }

  async reserve(table: ReservationTable): Promise<void> {
    this.#fleet.reserve(table);
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
    if (this.#fleet.inFlight > 0) await this.#within(deadlineMs, new Promise<void>((resolve) => (this.#onQuiet = resolve)));
    for (const controller of this.#controllers.values())
      controller.onLost("Lambdock's executor stopped before the function answered; call again once it has restarted.");
    // However little time the runs were given, nothing stays behind.
    await this.#within(Math.max(deadlineMs, REMOVAL_MS), this.#allStopped());
    await this.#deps.runtimeApi.close();
    await this.#deps.logSink.flush();
    await this.#deps.driver.close();
  }

  #apply(effects: readonly FleetEffect<SpecGroup>[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case "assign":
          this.#controllers.get(effect.environmentId)!.assign(this.#takeRun(effect.runId));
          break;
        case "create":
          void this.#make(effect.environmentId, effect.group.spec);
          break;
        case "retire":
          this.#controllers.get(effect.environmentId)?.retire();
          break;
        case "throttle":
          this.#throttle(effect.runId, effect.reason);
          break;
        case "patience":
          this.#deps.timers.after(effect.at - this.#deps.timers.now(), () =>
            this.#apply(this.#fleet.impatient(effect.environmentId, effect.runId, this.#deps.timers.now())),
          );
          break;
        case "abandon":
          this.#takeRun(effect.runId).unavailable(
            this.#failures.get(effect.environmentId) ?? "The execution environment could not be made.",
          );
          break;
      }
    }
    if (this.#fleet.inFlight === 0) this.#onQuiet();
  }

  #takeRun(runId: string): ActiveRun {
    const run = this.#runs.get(runId)!;
    this.#runs.delete(runId);
    return run;
  }

  #throttle(runId: string, reason: Extract<FleetEffect<SpecGroup>, { type: "throttle" }>["reason"]): void {
    const run = this.#takeRun(runId);
    const { spec, requestId } = run.request;
    this.#deps.lifecycle.emit({
      type: "throttle",
      at: this.#deps.timers.now(),
      functionArn: spec.functionArn,
      version: spec.version,
      requestId,
      reason,
    });
    run.throttled(reason);
  }

  /** Makes the sandbox of a new environment. Never rejects: a failure is told to the fleet. */
  async #make(environmentId: string, spec: FunctionSpec): Promise<void> {
    const { runtimeApi, timers, driver, lifecycle } = this.#deps;
    const token = randomBytes(16).toString("hex");
    lifecycle.emit({
      type: "environment",
      at: timers.now(),
      functionArn: spec.functionArn,
      version: spec.version,
      environmentId,
      state: "creating",
    });
    try {
      const provision = await this.#provisioner.get(spec);
      const logStream = logStreamName(spec.version, environmentId, timers.now());
      const controller = this.#controller({ environmentId, spec, provision, logStream, token });
      const session = new RuntimeSession(controller);
      runtimeApi.attach(token, session);
      const { functionEndpoint: endpoint } = this.#deps;
      const facts = { environmentId, token, logStream, ...(endpoint === undefined ? {} : { endpoint }) };
      const sandbox = await driver.create(sandboxSpec(spec, provision, facts), controller);
      this.#controllers.set(environmentId, controller);
      controller.adopt(sandbox, session);
      this.#apply(this.#fleet.created(environmentId, timers.now()));
      if (this.#stopping) controller.onLost("Lambdock's executor is stopping.");
    } catch (error) {
      runtimeApi.detach(token);
      this.#couldNotMake(environmentId, spec, error);
    }
    this.#told(spec);
  }

  #controller(options: {
    readonly environmentId: string;
    readonly spec: FunctionSpec;
    readonly provision: Provision;
    readonly logStream: string;
    readonly token: string;
  }): EnvironmentController {
    const { environmentId: id, spec, provision, logStream, token } = options;
    const { timers, lifecycle, logger, logSink: sink, runtimeApi } = this.#deps;
    const stream = { accountId: spec.accountId, region: spec.region, logGroup: spec.logging.logGroup, logStream };
    return new EnvironmentController({
      id,
      spec,
      runtime: { runtimeVersion: provision.runtime.runtimeVersion, runtimeVersionArn: provision.runtime.runtimeVersionArn },
      timers,
      lifecycle,
      logger,
      logs: new LogWriter({ sink, stream, logging: spec.logging, now: () => timers.now() }),
      missingBootstrap: provision.missingBootstrap,
      listener: {
        onAnswered: () => this.#fleet.answered(id),
        onIdle: () => this.#apply(this.#fleet.idle(id, timers.now())),
        onStopped: () => {
          runtimeApi.detach(token);
          this.#controllers.delete(id);
          this.#apply(this.#fleet.gone(id, timers.now()));
        },
      },
    });
  }

  #couldNotMake(environmentId: string, spec: FunctionSpec, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#deps.logger.warn("an execution environment could not be made", { function: spec.functionArn, error: message });
    // What it was made from may be gone (a pruned image, a removed directory): look again next time.
    this.#provisioner.forget(spec);
    this.#failures.set(environmentId, message);
    this.#apply(this.#fleet.gone(environmentId, this.#deps.timers.now()));
    this.#failures.delete(environmentId);
  }

  /** Resolves when the next sandbox of this revision is made, could not be, or takes too long. */
  #nextMade(spec: FunctionSpec): Promise<void> {
    return this.#within(
      SPARE_WAIT_MS,
      new Promise<void>((resolve) => {
        const key = `${spec.functionArn} ${spec.revision}`;
        this.#madeListeners.set(key, [...(this.#madeListeners.get(key) ?? []), resolve]);
      }),
    );
  }

  #told(spec: FunctionSpec): void {
    const key = `${spec.functionArn} ${spec.revision}`;
    const listeners = this.#madeListeners.get(key) ?? [];
    this.#madeListeners.delete(key);
    for (const listener of listeners) listener();
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
