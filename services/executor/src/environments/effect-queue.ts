import type { Effect } from "@lambdock/fleet/environment-protocol";

/** What an environment's effects are performed with. */
export interface EffectHandlers {
  /** The promise of an effect that takes its time; those after it wait. */
  perform(effect: Effect): Promise<void> | undefined;
  /** All effects are performed. */
  onDone(): void;
  /** An effect failed; the rest goes on. */
  onFailed(error: unknown): void;
}

/** Performs effects in their order, one at a time. */
export class EffectQueue {
  readonly #handlers: EffectHandlers;
  #effects: Effect[] = [];
  #held = false;

  constructor(handlers: EffectHandlers) {
    this.#handlers = handlers;
  }

  /** An effect takes its time, and others may wait for it. */
  get held(): boolean {
    return this.#held;
  }

  /** `before`: whatever must be over first. */
  push(effects: readonly Effect[], before?: Promise<void>): void {
    this.#effects.push(...effects);
    if (before !== undefined) this.#hold(before);
    else if (!this.#held) this.#performAll();
  }

  /** Drops what waits and is not worth performing any more. */
  keep(wanted: (effect: Effect) => boolean): void {
    this.#effects = this.#effects.filter(wanted);
  }

  #performAll(): void {
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      const pending = this.#handlers.perform(effect);
      if (pending !== undefined) return this.#hold(pending);
    }
    this.#handlers.onDone();
  }

  #hold(pending: Promise<void>): void {
    this.#held = true;
    const goOn = (): void => {
      this.#held = false;
      this.#performAll();
    };
    pending.then(goOn, (error: unknown) => (this.#handlers.onFailed(error), goOn()));
  }
}
