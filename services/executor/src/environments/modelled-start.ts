import type { Effect } from "@lambdock/fleet/environment-protocol";
import type { Timers } from "@lambdock/kernel/clock";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { ColdStartSampler } from "../cold-starts.ts";

/**
 * Makes the starts of one environment take as long as a sample says. What they really take counts
 * against it, so that one that is slow by itself waits for nothing.
 */
export class ModelledStart {
  readonly #sample: ColdStartSampler;
  readonly #spec: FunctionSpec;
  readonly #timers: Timers;
  /** What waits for its time: an assignment, or the runtime's first `next`. */
  #held: { readonly what: "assignment" | "next"; readonly go: () => void; readonly cancel: () => void } | undefined;
  #initMs: number | undefined;
  #initEndsAt = 0;

  constructor(sample: ColdStartSampler, spec: FunctionSpec, timers: Timers) {
    this.#sample = sample;
    this.#spec = spec;
    this.#timers = timers;
  }

  /** Goes on when a place would have been found; `hookless`: and a snapshot restored, of which its runtime will say nothing. */
  place(go: () => void, hookless: boolean): void {
    const { placementMs, initMs } = this.#sample(this.#spec);
    this.#initMs = initMs;
    this.#hold("assignment", hookless ? placementMs + initMs : placementMs, go);
  }

  /** The runtime asked for its first event: goes on when the modelled init, or restore, is over too. */
  ready(go: () => void): void {
    const remainingMs = this.#initEndsAt - this.#timers.now();
    if (remainingMs > 0) this.#hold("next", remainingMs, go);
    else go();
  }

  /** The environment is about to end: a run that waits for its place learns of it. */
  hurry(): void {
    if (this.#held?.what === "assignment") this.#release();
  }

  /** Inits and restores begin with effects, and end early with others. */
  onEffect({ type }: Effect): void {
    // What SnapStart restores was initialized long before.
    const begins = this.#spec.snapStart === true ? type === "restore" : type === "start-extensions" || type === "start-runtime";
    if (begins && this.#initEndsAt === 0) {
      this.#initEndsAt = this.#timers.now() + (this.#initMs ?? this.#sample(this.#spec).initMs);
      this.#initMs = undefined;
    }
    if (type === "init-ended" || type === "kill-runtime" || type === "destroy") {
      this.#drop();
      if (this.#spec.snapStart !== true) this.#initEndsAt = 0;
    }
  }

  #hold(what: "assignment" | "next", delayMs: number, go: () => void): void {
    this.#drop();
    const cancel = this.#timers.after(delayMs, () => this.#release());
    this.#held = { what, go, cancel };
  }

  #release(): void {
    const held = this.#drop();
    held?.go();
  }

  #drop(): { readonly go: () => void } | undefined {
    const held = this.#held;
    this.#held = undefined;
    held?.cancel();
    return held;
  }
}
