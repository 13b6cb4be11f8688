import { randomBytes } from "node:crypto";
import { logStreamName } from "@lambdock/fleet/environment-variables";
import type { FunctionSpec, InitializationType } from "@lambdock/model/function-spec";
import type { ExecutorDependencies } from "../dependencies.ts";
import { EnvironmentTelemetry } from "../telemetry/environment-telemetry.ts";
import type { TelemetryContext } from "../telemetry/telemetry-event.ts";
import { RuntimeSession } from "../runtime-api/session.ts";
import type { ControllerListener } from "./controller-options.ts";
import { EnvironmentController } from "./environment-controller.ts";
import { Freezer } from "./freezer.ts";
import { LogWriter } from "./log-writer.ts";
import type { Provision, Provisioner } from "./provision.ts";
import { sandboxSpec } from "./sandbox-spec.ts";

/** An environment that shall be made. */
export interface EnvironmentOrder {
  readonly environmentId: string;
  readonly spec: FunctionSpec;
  /** On-demand when absent. */
  readonly initializationType?: InitializationType | undefined;
  readonly listener: ControllerListener;
}

/** An environment whose sandbox is made. */
export interface MadeEnvironment {
  readonly controller: EnvironmentController;
  /** From here on it lives. */
  readonly begin: () => void;
}

/** Makes execution environments: a sandbox, its place on the Runtime API, and the controller that drives it. */
export class EnvironmentFactory {
  readonly #deps: ExecutorDependencies;
  readonly #provisioner: Provisioner;
  readonly #freezer: Freezer;

  constructor(dependencies: ExecutorDependencies, provisioner: Provisioner) {
    this.#deps = dependencies;
    this.#freezer = new Freezer(dependencies.freeze ?? { mode: "off", graceMs: 0 }, dependencies);
    this.#provisioner = provisioner;
  }

  /** Resolves once the sandbox is made and waits; rejects when it could not be made. */
  async make(order: EnvironmentOrder): Promise<MadeEnvironment> {
    const { environmentId, spec, initializationType } = order;
    const { runtimeApi, timers, driver, functionEndpoint: endpoint } = this.#deps;
    const token = randomBytes(16).toString("hex");
    this.#tell(order, { state: "creating" });
    try {
      const provision = await this.#provisioner.get(spec);
      const logStream = logStreamName(spec.version, environmentId, timers.now());
      const controller = this.#controller(order, { provision, logStream, token });
      const session = new RuntimeSession(controller);
      runtimeApi.attach(token, session);
      const facts = {
        environmentId,
        token,
        logStream,
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(initializationType === undefined ? {} : { initializationType }),
      };
      const sandbox = await driver.create(sandboxSpec(spec, provision, facts), controller);
      return { controller, begin: () => controller.adopt(sandbox, session) };
    } catch (error) {
      runtimeApi.detach(token);
      // What it was made from may be gone (a pruned image, a removed directory): look again next time.
      this.#provisioner.forget(spec);
      this.#tell(order, { state: "stopped", cause: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  #tell(
    { environmentId, spec, initializationType }: EnvironmentOrder,
    now: { readonly state: "creating" } | { readonly state: "stopped"; readonly cause: string },
  ): void {
    this.#deps.lifecycle.emit({
      type: "environment",
      at: this.#deps.timers.now(),
      functionArn: spec.functionArn,
      version: spec.version,
      environmentId,
      ...now,
      ...(initializationType === undefined ? {} : { initializationType }),
    });
  }

  #controller(
    order: EnvironmentOrder,
    { provision, logStream, token }: { readonly provision: Provision; readonly logStream: string; readonly token: string },
  ): EnvironmentController {
    const { environmentId, spec, initializationType, listener } = order;
    const { timers, lifecycle, logger, logSink: sink, runtimeApi, streamBytesPerSecond, coldStarts } = this.#deps;
    const stream = { accountId: spec.accountId, region: spec.region, logGroup: spec.logging.logGroup, logStream };
    const telemetry = new EnvironmentTelemetry({ context: telemetryContext(order), timers });
    return new EnvironmentController({
      id: environmentId,
      spec,
      runtime: { runtimeVersion: provision.runtime.runtimeVersion, runtimeVersionArn: provision.runtime.runtimeVersionArn },
      timers,
      lifecycle,
      logger,
      logs: new LogWriter({ sink, stream, logging: spec.logging, now: () => timers.now(), tap: telemetry }),
      telemetry,
      freezer: this.#freezer,
      ...(coldStarts === undefined ? {} : { coldStarts }),
      missingBootstrap: provision.missingBootstrap,
      ...(initializationType === undefined ? {} : { initializationType }),
      ...(streamBytesPerSecond === undefined ? {} : { streamBytesPerSecond }),
      listener: {
        ...listener,
        onStopped: () => {
          runtimeApi.detach(token);
          listener.onStopped();
        },
      },
    });
  }
}

function telemetryContext({ environmentId, spec, initializationType }: EnvironmentOrder): TelemetryContext {
  return {
    initializationType: initializationType ?? (spec.snapStart === true ? "snap-start" : "on-demand"),
    instanceId: environmentId,
    memorySizeMb: spec.memorySizeMb,
    json: spec.logging.format === "JSON",
  };
}
