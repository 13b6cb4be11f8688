import type { Sandbox } from "@lambdock/containers/port";
import { createFreezing, freezable, type Freezable, type Freezing } from "@lambdock/fleet/freezing";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { EnvironmentTelemetry } from "../telemetry/environment-telemetry.ts";

/** When environments are frozen. */
export interface FreezeSettings {
  /** `auto`: where freezing takes microseconds rather than requests to an engine. */
  readonly mode: "auto" | "on" | "off";
  /** How long an environment rests before it is frozen, milliseconds. */
  readonly graceMs: number;
}

/** Whose processes are frozen. */
export interface FreezeOwner {
  readonly sandbox: Sandbox;
  /** What else talks to the processes: nothing is begun that would be stopped half-way. */
  readonly telemetry: Pick<EnvironmentTelemetry, "busy" | "pause" | "resume">;
  /** Nothing is on its way to or from the processes. */
  mayFreeze(): boolean;
  onFrozen(): void;
}

/** One environment as the freezer knows it. */
export interface Resting {
  /** All its processes wait for their next event. */
  rests(): void;
  /** An event is about to reach them; the promise is of a thaw that takes its time. */
  works(): Promise<void> | undefined;
}

interface Member extends Freezable {
  readonly owner: FreezeOwner;
}

/** Freezes the environments of an executor, all by one timer. */
export class Freezer {
  readonly #settings: FreezeSettings;
  readonly #timers: Timers;
  readonly #logger: Logger;
  readonly #freezing: Freezing<Member>;
  #warned = false;

  constructor(settings: FreezeSettings, parts: { readonly timers: Timers; readonly logger: Logger }) {
    this.#settings = settings;
    this.#timers = parts.timers;
    this.#logger = parts.logger;
    this.#freezing = createFreezing(settings.graceMs);
  }

  /** `undefined` where environments of this kind of sandbox are never frozen. */
  enrol(owner: FreezeOwner): Resting | undefined {
    const { mode } = this.#settings;
    if (mode === "off" || (mode === "auto" && !owner.sandbox.freezesQuickly)) return undefined;
    const member: Member = { owner, ...freezable() };
    return {
      rests: () => this.#arrange(this.#freezing.rests(member, this.#timers.now())),
      works: () => (this.#freezing.works(member) ? this.#thaw(member) : undefined),
    };
  }

  #thaw({ owner }: Member): Promise<void> | undefined {
    const thawing = owner.sandbox.thaw();
    owner.telemetry.resume();
    return thawing;
  }

  #arrange(sweepAt: number | undefined): void {
    if (sweepAt !== undefined) this.#timers.after(Math.max(1, sweepAt - this.#timers.now()), () => this.#sweep());
  }

  #sweep(): void {
    const { freeze, nextAt } = this.#freezing.sweep(this.#timers.now());
    this.#arrange(nextAt);
    for (const member of freeze) {
      if (member.owner.mayFreeze() && !member.owner.telemetry.busy) void this.#freeze(member);
      else this.#arrange(this.#freezing.refused(member, this.#timers.now()));
    }
  }

  async #freeze(member: Member): Promise<void> {
    try {
      member.owner.telemetry.pause();
      await member.owner.sandbox.freeze();
      if (member.frozen) member.owner.onFrozen();
    } catch (error) {
      this.#freezing.works(member); // tried again when it rests the next time
      member.owner.telemetry.resume();
      // Once is enough: where one can't be frozen, none can.
      if (!this.#warned) this.#logger.warn("execution environments can't be frozen and go on running", { error });
      this.#warned = true;
    }
  }
}
