import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { SandboxUnavailable, type Sandbox, type SandboxEvents } from "../port.ts";
import { createDemultiplexer } from "./attached-stream.ts";
import { createCpuControl, type CpuControl } from "./cpu-control.ts";
import type { Freezer } from "./freezer.ts";
import type { SandboxContainer } from "./sandbox-container.ts";

/** Output through the engine has no mark to wait for: it is complete when nothing came for this long. */
const QUIET_MS = 25;
/** A function that never stops printing holds its answer no longer than this. */
const SETTLE_MS_MAX = 500;
const EXIT_UNKNOWN = 1;
const NOT_STARTED = 127;

/** What a direct sandbox is made of. */
export interface DirectParts {
  readonly id: string;
  readonly memorySizeMb: number;
  /** Creates the container and its successors after a reset. */
  readonly createContainer: () => Promise<SandboxContainer>;
  /** The executor has a route to the containers' network. */
  readonly reachable: boolean;
  /** For a container that runs. */
  readonly createFreezer: (container: SandboxContainer) => Freezer;
  readonly hostCpus: number;
  readonly events: SandboxEvents;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** One container of a sandbox's life: created, attached, perhaps started. */
interface Incarnation {
  readonly container: SandboxContainer;
  readonly cpu: CpuControl;
  readonly ended: Promise<void>;
}

/**
 * A sandbox of an image without `/bin/sh`: the image's entry point is PID 1. It starts only when
 * init begins, a reset replaces the container (so `/tmp` is lost, unlike on AWS), logs are complete
 * after a moment of silence, and Max Memory Used isn't known.
 */
export class DirectSandbox implements Sandbox {
  readonly id: string;
  /** Without a shell in the image nothing can look for them, nor start them. */
  readonly extensions: readonly string[] = [];
  readonly #parts: DirectParts;
  #current: Incarnation;
  /** Of the current container, once it runs. */
  #freezer: Freezer | undefined;
  #started = false;
  #killing = false;
  #outOfMemory = false;
  #lastOutputAt = Number.NEGATIVE_INFINITY;
  #gone: Promise<void> | undefined;

  private constructor(parts: DirectParts, first: SandboxContainer, stream: NodeJS.ReadWriteStream) {
    this.id = parts.id;
    this.#parts = parts;
    this.#current = this.#incarnate(first, stream);
  }

  static async create(parts: DirectParts): Promise<DirectSandbox> {
    const container = await parts.createContainer();
    return new DirectSandbox(parts, container, await container.attach(false));
  }

  async startRuntime(): Promise<void> {
    if (this.#gone !== undefined) throw new Error(`sandbox ${this.id} is gone`);
    this.#started = true;
    try {
      await this.#current.container.start();
      this.#freezer = this.#parts.createFreezer(this.#current.container);
    } catch (error) {
      if (error instanceof SandboxUnavailable) throw error;
      this.#parts.logger.debug("an entry point could not be started", { sandbox: this.id, error });
      this.#parts.events.onRuntimeExit({ status: NOT_STARTED, outOfMemory: false });
    }
  }

  async startExtensions(): Promise<void> {
    // There are none.
  }

  endInit(): void {
    this.#current.cpu.limit();
  }

  signalRuntime(signal: "TERM" | "KILL"): void {
    if (!this.#started) return;
    void this.thaw()?.catch(() => undefined);
    this.#current.container.signal(signal).catch((error: unknown) => {
      this.#parts.logger.debug("an entry point could not be signalled", { sandbox: this.id, error });
    });
  }

  get freezesQuickly(): boolean {
    return this.#freezer?.quick === true;
  }

  async address(): Promise<string | undefined> {
    return this.#parts.reachable ? this.#current.container.address() : undefined;
  }

  async freeze(): Promise<void> {
    if (this.#gone !== undefined) throw new Error(`sandbox ${this.id} is gone`);
    await this.#freezer?.freeze();
  }

  thaw(): Promise<void> | undefined {
    return this.#gone === undefined ? this.#freezer?.thaw() : undefined;
  }

  async killRuntime(): Promise<void> {
    this.#killing = true;
    this.#letGo();
    await this.#current.container.remove();
    await this.#current.ended;
    this.#killing = false;
    if (this.#gone !== undefined) return;
    const container = await this.#parts.createContainer();
    this.#started = false;
    this.#current = this.#incarnate(container, await container.attach(false));
  }

  async drained(): Promise<void> {
    const { timers } = this.#parts;
    const deadline = timers.monotonic() + SETTLE_MS_MAX;
    let quietSince = timers.monotonic();
    while (timers.monotonic() < Math.min(deadline, quietSince + QUIET_MS)) {
      await new Promise<void>((resolve) => timers.after(Math.max(1, quietSince + QUIET_MS - timers.monotonic()), resolve));
      quietSince = Math.max(quietSince, this.#lastOutputAt);
    }
  }

  maxMemoryUsedMb(): number {
    return this.#outOfMemory ? this.#parts.memorySizeMb : 0;
  }

  destroy(): Promise<void> {
    this.#letGo();
    this.#gone ??= this.#current.container.remove().then(() => undefined);
    return this.#gone;
  }

  /** Not every engine can kill what the kernel froze behind its back. */
  #letGo(): void {
    this.#freezer?.close();
    this.#freezer = undefined;
  }

  #incarnate(container: SandboxContainer, stream: NodeJS.ReadWriteStream): Incarnation {
    const onOutput = (chunk: Uint8Array): void => {
      this.#lastOutputAt = this.#parts.timers.monotonic();
      if (this.#gone === undefined) this.#parts.events.onOutput(Buffer.from(chunk));
    };
    stream.on("data", createDemultiplexer({ onStdout: onOutput, onStderr: onOutput }));
    const closed = new Promise<void>((resolve) =>
      stream
        .once("end", resolve)
        .once("error", () => resolve())
        .once("close", resolve),
    );
    const { memorySizeMb, hostCpus, logger } = this.#parts;
    const cpu = createCpuControl({ memorySizeMb, hostCpus, cgroup: undefined, update: (resources) => container.update(resources), logger });
    return { container, cpu, ended: closed.then(() => this.#ended(container)) };
  }

  async #ended(container: SandboxContainer): Promise<void> {
    if (this.#gone !== undefined) return;
    if (this.#killing) {
      if (this.#started) this.#parts.events.onRuntimeExit({ status: 137, outOfMemory: false });
      return;
    }
    const exit = await container.inspectExit().catch(() => undefined);
    if (this.#gone !== undefined) return;
    if (exit === undefined || !this.#started) return this.#lose();
    this.#outOfMemory ||= exit.outOfMemory;
    this.#parts.events.onRuntimeExit({
      status: exit.status === 0 && exit.outOfMemory ? EXIT_UNKNOWN : exit.status,
      outOfMemory: exit.outOfMemory,
    });
  }

  #lose(): void {
    void this.destroy();
    this.#parts.events.onLost("its container is gone");
  }
}
