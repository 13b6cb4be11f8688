import { functionArn } from "@lambdock/model/arn";
import type { EventSourceMapping, MappingState } from "@lambdock/model/event-source-mapping";
import type { MappingStatus } from "@lambdock/model/mapping-status";
import type { MappingStore } from "@lambdock/store/event-source-mappings";
import { createResultWriter, type ResultWriter } from "./result-writer.ts";
import type { MappingRunner, RunMapping, RunnerParts } from "./port.ts";

/** What a worker stands on. */
export interface WorkerParts extends Omit<RunnerParts, "onResult"> {
  readonly mappings: Pick<MappingStore, "setState" | "setResult" | "remove">;
  /** What runs mappings of this one's kind. */
  readonly load: () => Promise<RunMapping>;
  /** The mapping is gone from the store. */
  readonly onRemoved: () => void;
}

/** One mapping under our lease: brings what the store says and what runs together. */
export interface MappingWorker {
  /** The mapping as it is now; also to try again what failed. */
  take(mapping: EventSourceMapping): void;
  /** While it runs. */
  status(): MappingStatus | undefined;
  readonly mapping: EventSourceMapping;
  /** Stops the work and answers nothing more; the states stay as they are. */
  stop(deadlineMs: number): Promise<void>;
}

/** What is in flight may end when a mapping is disabled or deleted: a function runs for at most 15 minutes [docs]. */
const FINISH_MS = 900_000;
const BEGIN_MS = 5_000;

/** Begins to follow a mapping. One thing is done at a time; what came in meanwhile is looked at after it. */
export function createMappingWorker(first: EventSourceMapping, parts: WorkerParts): MappingWorker {
  return new Worker(first, parts);
}

class Worker implements MappingWorker {
  mapping: EventSourceMapping;
  readonly #parts: WorkerParts;
  readonly #results: ResultWriter;
  #runner: { readonly runner: MappingRunner; generation: number } | undefined;
  #following: Promise<void> | undefined;
  #again = false;
  #complaint: string | undefined;
  #stopped = false;
  /** Cuts a runner's stop short when the worker itself must stop sooner. */
  #hurry: ((deadlineMs: number) => void) | undefined;

  constructor(first: EventSourceMapping, parts: WorkerParts) {
    this.mapping = first;
    this.#parts = parts;
    this.#results = createResultWriter({
      timers: parts.timers,
      write: async (result) => void (await parts.mappings.setResult(first.uuid, result)),
      onError: (error) => parts.logger.debug("a mapping's result could not be stored", { uuid: first.uuid, cause: error }),
    });
    this.#follow();
  }

  take(mapping: EventSourceMapping): void {
    this.mapping = mapping;
    this.#follow();
  }

  status(): MappingStatus | undefined {
    return this.#runner?.runner.status();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    this.#hurry?.(deadlineMs);
    await this.#stopRunner(deadlineMs);
    this.#results.close();
  }

  #follow(): void {
    if (this.#stopped) return;
    if (this.#following !== undefined) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#following = this.#bringAbout(this.mapping)
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        this.#following = undefined;
        if (this.#again) this.#follow();
      });
  }

  /** It is tried again with the poller's next turn: the same complaint is made once. */
  #complain(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#complaint) return;
    this.#complaint = message;
    this.#results.set(`PROBLEM: ${message}`);
    this.#parts.logger.warn("a mapping's state could not be brought about yet", { cause: error });
  }

  async #bringAbout(mapping: EventSourceMapping): Promise<void> {
    if (mapping.state === "Deleting") return await this.#remove(mapping);
    if (!mapping.enabled) {
      await this.#stopRunner(FINISH_MS);
      return await this.#reach(mapping, "Disabled");
    }
    await this.#run(mapping);
    await this.#reach(mapping, "Enabled");
  }

  async #run(mapping: EventSourceMapping): Promise<void> {
    if (this.#runner === undefined) {
      const run = await this.#parts.load();
      if (this.#stopped) return;
      const runner = run(mapping, { ...this.#parts, onResult: (result) => this.#results.set(result) });
      this.#runner = { runner, generation: mapping.generation };
      if (mapping.state !== "Enabled") await this.#begun(runner);
    } else if (this.#runner.generation !== mapping.generation) {
      this.#runner.runner.update(mapping);
      this.#runner.generation = mapping.generation;
    }
  }

  /** A mapping becomes Enabled when it reads, or when its source does not let it for long. */
  async #begun({ begun }: MappingRunner): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<void>((done) => (cancel = this.#parts.timers.after(BEGIN_MS, done)));
    await Promise.race([begun, late]);
    cancel();
  }

  async #stopRunner(deadlineMs: number): Promise<void> {
    const running = this.#runner;
    if (running === undefined) return;
    const stopped = running.runner.stop(deadlineMs);
    const hurried = new Promise<void>((done) => {
      this.#hurry = (sooner) => void running.runner.stop(sooner).then(done, done);
    });
    await Promise.race([stopped, hurried]);
    this.#hurry = undefined;
    this.#runner = undefined;
  }

  async #remove(mapping: EventSourceMapping): Promise<void> {
    await this.#stopRunner(FINISH_MS);
    if (this.#stopped) return;
    await this.#parts.checkpoints.clear(mapping.uuid, this.#parts.lease);
    const outcome = await this.#parts.mappings.remove(mapping.uuid, mapping.generation);
    if (outcome === "changed") return;
    this.#parts.metrics.forget(mapping);
    this.#parts.onRemoved();
  }

  async #reach(mapping: EventSourceMapping, state: MappingState): Promise<void> {
    if (mapping.state === state || this.#stopped) return;
    const { uuid, generation, stateTransitionReason } = mapping;
    const outcome = await this.#parts.mappings.setState(uuid, generation, { state, stateTransitionReason });
    if (outcome !== "stored") return;
    if (this.mapping.generation === generation) this.mapping = { ...this.mapping, state };
    this.#parts.lifecycle.emit({
      type: "mapping",
      at: this.#parts.timers.now(),
      uuid,
      functionArn: functionArn({ accountId: mapping.accountId, region: mapping.region, name: mapping.functionName }, mapping.qualifier),
      eventSourceArn: mapping.eventSourceArn,
      step: "state",
      reason: state,
    });
  }
}
