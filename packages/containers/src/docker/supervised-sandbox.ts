import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { INIT_TIMEOUT_MS } from "@lambdock/model/limits";
import type { Sandbox, SandboxEvents } from "../port.ts";
import type { SupervisorChannel } from "./channel.ts";
import type { CpuControl } from "./cpu-control.ts";
import type { Freezer } from "./freezer.ts";
import type { MemoryAccount } from "./memory-watch.ts";
import type { SandboxContainer } from "./sandbox-container.ts";
import { parseStatus, type SupervisorStatus } from "./supervisor-protocol.ts";

const MIB = 1_048_576;
const SIGKILL_STATUS = 137;
/** A `kill` that overtook the start of a runtime misses it, so it is said again. */
const KILL_REPEAT_MS = 100;
/** After this the supervisor itself must be broken, and the whole sandbox goes. */
const KILL_TIMEOUT_MS = 5_000;
const SAMPLE_TIMEOUT_MS = 250;

/** What a supervised sandbox is made of. */
export interface SupervisedParts {
  readonly id: string;
  readonly memorySizeMb: number;
  /** The runtime was started with the sandbox and waits at the gate. */
  readonly waitsAtGate: boolean;
  readonly container: SandboxContainer;
  /** The executor has a route to the container's network. */
  readonly reachable: boolean;
  readonly channel: SupervisorChannel;
  readonly events: SandboxEvents;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Frees what belongs to the sandbox outside the engine. */
  readonly release: () => Promise<void>;
}

/** A sandbox whose PID 1 is our supervisor: runtimes come and go in it. Feed it with `onStatus` and `onClosed`. */
export class SupervisedSandbox implements Sandbox {
  readonly id: string;
  readonly #parts: SupervisedParts;
  /** Absent where the executor can't read the kernel's accounts: then the supervisor reads them. */
  #memory: MemoryAccount | undefined;
  #cpu: CpuControl | undefined;
  #freezer: Freezer | undefined;
  #up = false;
  #running: boolean;
  /** Of the runtime, in the container. */
  #runtimePid: number | undefined;
  readonly #extensions: string[] = [];
  /** Extensions that were started and have not ended. */
  readonly #started = new Set<string>();
  #begun = false;
  #gone: Promise<void> | undefined;
  #acknowledged = 0;
  #samples = 0;
  #sampledPeak = 0;
  #oomKills = 0;
  #exceeded = false;
  #cancelBurst: () => void = () => {};
  readonly #waiting = new Set<() => void>();

  constructor(parts: SupervisedParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#running = parts.waitsAtGate;
  }

  /** Once the container runs: its CPU and memory can be controlled, and it can be frozen. */
  equip(controls: { readonly cpu: CpuControl; readonly memory: MemoryAccount | undefined; readonly freezer: Freezer }): void {
    this.#cpu = controls.cpu;
    this.#memory = controls.memory;
    this.#freezer = controls.freezer;
  }

  /** Resolves to false when the supervisor didn't report in time. */
  async up(timeoutMs: number): Promise<boolean> {
    await this.#until(() => this.#up || this.#gone !== undefined, timeoutMs);
    return this.#up;
  }

  get freezesQuickly(): boolean {
    return this.#freezer?.quick === true;
  }

  async address(): Promise<string | undefined> {
    return this.#parts.reachable ? this.#parts.container.address() : undefined;
  }

  async freeze(): Promise<void> {
    if (this.#gone !== undefined) throw new Error(`sandbox ${this.id} is gone`);
    await this.#freezer?.freeze();
  }

  thaw(): Promise<void> | undefined {
    return this.#gone === undefined ? this.#freezer?.thaw() : undefined;
  }

  get extensions(): readonly string[] {
    return this.#extensions;
  }

  async startExtensions(): Promise<void> {
    await this.#beginInit();
    for (const name of this.#extensions) this.#started.add(name);
    this.#parts.channel.send("extensions");
  }

  async startRuntime(): Promise<void> {
    await this.#beginInit();
    const first = !this.#begun;
    this.#begun = true;
    if (first && this.#running) return; // at the gate already
    if (!this.#running) {
      this.#running = true;
      this.#parts.channel.send("start");
    }
  }

  /** The burst of CPU that init has. */
  async #beginInit(): Promise<void> {
    if (this.#gone !== undefined) throw new Error(`sandbox ${this.id} is gone`);
    const thawing = this.thaw();
    if (thawing !== undefined) await thawing;
    this.#cpu?.burst();
    this.#memory?.wake();
    this.#cancelBurst();
    // Whoever forgets to say that init ended gets the true share all the same.
    this.#cancelBurst = this.#parts.timers.after(INIT_TIMEOUT_MS, () => this.endInit());
  }

  endInit(): void {
    this.#cancelBurst();
    this.#cpu?.limit();
  }

  signalRuntime(signal: "TERM" | "KILL"): void {
    if (!this.#running || this.#runtimePid === undefined) return;
    void this.thaw()?.catch(() => undefined); // a container that can't be thawed is lost, which is told elsewhere
    this.#parts.channel.send(`signal ${signal} ${this.#runtimePid}`);
  }

  async killRuntime(): Promise<void> {
    const thawing = this.thaw();
    if (thawing !== undefined) await thawing;
    const before = this.#acknowledged;
    const done = (): boolean => this.#gone !== undefined || (this.#acknowledged > before && !this.#running);
    this.#started.clear();
    for (let waited = 0; waited < KILL_TIMEOUT_MS; waited += KILL_REPEAT_MS) {
      this.#parts.channel.send("kill");
      if (await this.#until(done, KILL_REPEAT_MS)) return;
    }
    this.#lose("its supervisor did not answer");
    await this.#gone;
  }

  async drained(): Promise<void> {
    const thawing = this.thaw();
    if (thawing !== undefined) await thawing;
    await this.#parts.channel.drained();
    if (this.#memory !== undefined) {
      this.#memory.wake();
      this.#memory.sample();
      return;
    }
    const before = this.#samples;
    this.#parts.channel.send("sample");
    await this.#until(() => this.#gone !== undefined || this.#samples > before, SAMPLE_TIMEOUT_MS);
  }

  maxMemoryUsedMb(): number {
    const used = Math.max(this.#memory?.peakBytes() ?? 0, this.#sampledPeak);
    return this.#exceeded ? this.#parts.memorySizeMb : Math.min(this.#parts.memorySizeMb, Math.ceil(used / MIB));
  }

  destroy(): Promise<void> {
    this.#gone ??= this.#end();
    return this.#gone;
  }

  /** The memory watch found more than MemorySize in use. */
  onExceeded(): void {
    if (!this.#running && this.#started.size === 0) return;
    void this.thaw()?.catch(() => undefined); // a container that can't be thawed is lost, which is told elsewhere
    this.#parts.channel.send("kill");
    if (this.#running && this.#begun) this.#exceeded = true;
    else this.#extensionsExceeded();
  }

  /** Before the runtime works there are only extensions, and whoever could tell how they ended was killed with them. */
  #extensionsExceeded(): void {
    this.#sampledPeak = this.#parts.memorySizeMb * MIB;
    const killed = [...this.#started];
    this.#started.clear();
    for (const name of killed) this.#parts.events.onExtensionExit({ name, status: SIGKILL_STATUS });
  }

  onOutput(chunk: Uint8Array, origin?: "extension"): void {
    if (this.#gone === undefined) this.#parts.events.onOutput(chunk, origin);
  }

  onStatus(line: string): void {
    const status = parseStatus(line);
    if (status === undefined) return;
    this.#apply(status);
    for (const check of this.#waiting) check();
  }

  /** The supervisor is gone. */
  onClosed(): void {
    this.#lose("its container ended");
  }

  #apply(status: SupervisorStatus): void {
    switch (status.kind) {
      case "up":
        this.#up = true;
        return;
      case "extension":
        if (!this.#up) this.#extensions.push(status.name);
        return;
      case "extension-exit":
        if (this.#gone === undefined && this.#started.delete(status.exit.name)) this.#parts.events.onExtensionExit(status.exit);
        return;
      case "runtime":
        this.#runtimePid = status.pid;
        return;
      case "killed":
        this.#acknowledged++;
        return;
      case "memory":
        this.#samples++;
        this.#sampledPeak = Math.max(this.#sampledPeak, status.bytes);
        return;
      case "exit":
        this.#exited(status.status, status.oomKills);
    }
  }

  #exited(status: number, oomKills: number): void {
    this.#running = false;
    this.#runtimePid = undefined;
    const killedByKernel = oomKills > this.#oomKills;
    const outOfMemory = status === SIGKILL_STATUS && (this.#exceeded || killedByKernel);
    this.#oomKills = oomKills;
    if (outOfMemory) this.#sampledPeak = this.#parts.memorySizeMb * MIB;
    this.#exceeded = false;
    if (this.#gone === undefined) this.#parts.events.onRuntimeExit({ status, outOfMemory });
  }

  #lose(reason: string): void {
    if (this.#gone !== undefined) return;
    void this.destroy();
    this.#parts.events.onLost(reason);
  }

  async #end(): Promise<void> {
    this.#cancelBurst();
    this.#memory?.close();
    // Not every engine can kill what the kernel froze behind its back.
    this.#freezer?.close();
    await this.#parts.container.remove();
    // Last, since it makes the supervisor end by itself, which is what remains when the engine doesn't answer.
    this.#parts.channel.close();
    for (const check of this.#waiting) check();
    await this.#parts.release().catch((error: unknown) => this.#parts.logger.warn("files of a sandbox could not be removed", { error }));
  }

  #until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (outcome: boolean): void => {
        cancel();
        this.#waiting.delete(check);
        resolve(outcome);
      };
      const check = (): void => {
        if (condition()) finish(true);
      };
      const cancel = this.#parts.timers.after(timeoutMs, () => finish(condition()));
      this.#waiting.add(check);
    });
  }
}
