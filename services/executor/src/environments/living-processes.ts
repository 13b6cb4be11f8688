import type { Timers } from "@lambdock/kernel/clock";

/** The runtime among the processes; no extension can have this name. */
export const RUNTIME = "";

/** Which processes of an environment live, so that their end can be waited for. */
export class LivingProcesses {
  readonly #timers: Timers;
  readonly #living = new Set<string>();
  readonly #waiting = new Set<() => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  started(names: readonly string[]): void {
    for (const name of names) this.#living.add(name);
  }

  ended(name: string): void {
    this.#living.delete(name);
    for (const check of this.#waiting) check();
  }

  has(name: string): boolean {
    return this.#living.has(name);
  }

  /** Everything was killed. */
  clear(): void {
    this.#living.clear();
    for (const check of this.#waiting) check();
  }

  /** Resolves when none of them lives, at the latest after so many milliseconds. */
  gone(names: readonly string[], timeoutMs: number): Promise<void> {
    const done = (): boolean => names.every((name) => !this.#living.has(name));
    if (done()) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        this.#waiting.delete(check);
        resolve();
      };
      const check = (): void => {
        if (done()) finish();
      };
      const cancel = this.#timers.after(Math.max(0, timeoutMs), finish);
      this.#waiting.add(check);
    });
  }
}
