import { randomBytes } from "node:crypto";
import type { PrepareResult } from "@lambdock/executor-client/port";
import { initFailureCode } from "@lambdock/fleet/fault";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { EnvironmentController } from "./environments/environment-controller.ts";
import type { EnvironmentFactory } from "./environments/environment-factory.ts";

const STOPPING = "Lambdock's executor is stopping.";

type Failed = Extract<PrepareResult, { kind: "failed" }>;

/**
 * What publishing a version with SnapStart does on AWS is initialize it once and keep the memory.
 * Memory can't be kept here; the init is run all the same, so that a version whose init or
 * beforeSnapshot hook fails is Failed as it is there.
 */
export class SnapshotTrials {
  readonly #factory: EnvironmentFactory;
  readonly #making = new Set<Promise<unknown>>();
  readonly #running = new Map<EnvironmentController, Promise<void>>();
  #stopping = false;

  constructor(factory: EnvironmentFactory) {
    this.#factory = factory;
  }

  /** Resolves with what stands in the way of the version. Rejects when no environment could be made. */
  run(spec: FunctionSpec): Promise<Failed | undefined> {
    const trial = this.#begin(spec).finally(() => this.#making.delete(trial));
    this.#making.add(trial);
    return trial.then(({ verdict }) => verdict);
  }

  async #begin(spec: FunctionSpec): Promise<{ readonly verdict: Promise<Failed | undefined> }> {
    let ended = (_failed: Failed | undefined): void => {};
    let stopped = (): void => {};
    const verdict = new Promise<Failed | undefined>((resolve) => (ended = resolve));
    const gone = new Promise<void>((resolve) => (stopped = resolve));
    const { controller, begin } = await this.#factory.make({
      environmentId: randomBytes(16).toString("hex"),
      spec,
      listener: {
        onAnswered: () => undefined,
        onIdle: () => undefined,
        onInitialized: () => {
          ended(undefined);
          controller.retire();
        },
        onInitFailed: (reason, errorType) => ended({ kind: "failed", reasonCode: initFailureCode(errorType), reason }),
        onStopped: () => {
          this.#running.delete(controller);
          stopped();
          ended({ kind: "failed", reasonCode: "InternalError", reason: "The environment that was initialized for the snapshot is gone." });
        },
      },
    });
    this.#running.set(controller, gone);
    begin();
    controller.initialize();
    if (this.#stopping) controller.shutDown(STOPPING);
    return { verdict };
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const controller of this.#running.keys()) controller.shutDown(STOPPING);
    await Promise.allSettled(this.#making);
    await Promise.all(this.#running.values());
  }
}
