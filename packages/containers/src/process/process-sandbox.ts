import { dirname } from "node:path";
import type { RuntimeExit, Sandbox, SandboxEvents, SandboxSpec } from "../port.ts";
import type { MemoryWatch, WatchedGroup } from "./memory-watch.ts";
import { continueProcesses, stopProcesses } from "./process-freezer.ts";
import { ProcessExtensions } from "./process-extensions.ts";
import { closeAll, openOutputPipe } from "./output-pipe.ts";
import type { OutputPipe } from "./output-pipe.ts";
import { killMarked, recordGroup, removeRunDirectory } from "./run-directory.ts";
import type { RunDirectory } from "./run-directory.ts";
import { runtimeClient, runtimeCommand } from "./runtime-command.ts";
import { startRuntimeProcess } from "./runtime-process.ts";
import type { RuntimeProcess } from "./runtime-process.ts";
import { sandboxEnvironment } from "./sandbox-environment.ts";

const MIB = 1_048_576;
/** First descriptor behind stdin, stdout and stderr. */
const TELEMETRY_FD = "3";

/** What the driver gives a runtime, and only that. */
const ADDED_FOR_RUNTIMES = ["_LAMBDA_TELEMETRY_LOG_FD", "LAMBDOCK_LAYERS_DIRECTORY"];

/** What a sandbox is made of. */
export interface ProcessSandboxParts {
  readonly spec: SandboxSpec;
  readonly events: SandboxEvents;
  readonly directory: RunDirectory;
  /** Value of AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  readonly searchPath: string;
  /** Directory of the packages that the Node.js runtime carries. */
  readonly packages: string;
  readonly memoryWatch: MemoryWatch;
  /** Gives back what belongs to the sandbox outside of it. */
  readonly release: () => Promise<void>;
}

/** A directory with a pipe, and at most one runtime process group at a time. */
export class ProcessSandbox implements Sandbox {
  readonly id: string;
  readonly freezesQuickly = true;
  readonly #parts: ProcessSandboxParts;
  readonly #pipe: OutputPipe;
  readonly #extensions: ProcessExtensions;
  #running: { readonly process: RuntimeProcess; readonly watched: WatchedGroup } | undefined;
  /** Whether `startRuntime` was called: exits before it are nobody's concern. */
  #begun = false;
  #peakBytes = 0;
  #destroyed: Promise<void> | undefined;
  /** Processes that are frozen. */
  #stopped: readonly number[] = [];

  constructor(parts: ProcessSandboxParts) {
    this.id = parts.spec.id;
    this.#parts = parts;
    this.#pipe = openOutputPipe(parts.directory.output, (chunk) => parts.events.onOutput(chunk));
    this.#extensions = new ProcessExtensions({
      layers: this.#layers,
      output: parts.directory.extensionOutput,
      limitBytes: parts.spec.memorySizeMb * MIB,
      memoryWatch: parts.memoryWatch,
      onOutput: (chunk) => parts.events.onOutput(chunk, "extension"),
      onExit: (exit) => (this.#destroyed === undefined ? parts.events.onExtensionExit(exit) : undefined),
    });
    if (parts.spec.runtime.waitsAtGate) this.#start();
  }

  get extensions(): readonly string[] {
    return this.#extensions.names;
  }

  async startExtensions(): Promise<void> {
    if (this.#destroyed !== undefined) throw new Error(`sandbox ${this.id} is gone`);
    this.thaw();
    const environment = this.#environment();
    for (const name of [...(this.#parts.spec.hiddenFromExtensions ?? []), ...ADDED_FOR_RUNTIMES]) delete environment[name];
    this.#extensions.startAll(environment);
  }

  async startRuntime(): Promise<void> {
    if (this.#destroyed !== undefined) throw new Error(`sandbox ${this.id} is gone`);
    this.#begun = true;
    this.thaw();
    if (this.#running === undefined) this.#start(); // else it was started with the sandbox and waits at the gate
  }

  endInit(): void {
    // Child processes share the machine's CPUs as they come: there is no burst to end.
  }

  async address(): Promise<string> {
    return "127.0.0.1";
  }

  async freeze(): Promise<void> {
    if (this.#destroyed !== undefined) throw new Error(`sandbox ${this.id} is gone`);
    const pid = this.#running?.process.pid;
    if (this.#stopped.length > 0) return;
    this.#stopped = [...(pid === undefined ? [] : [pid]), ...this.#extensions.groups].flatMap(stopProcesses);
  }

  thaw(): undefined {
    const stopped = this.#stopped;
    if (stopped.length === 0) return;
    this.#stopped = [];
    continueProcesses(stopped);
  }

  signalRuntime(signal: "TERM" | "KILL"): void {
    this.thaw();
    this.#running?.process.signal(signal);
  }

  async killRuntime(): Promise<void> {
    this.#stopped = []; // SIGKILL reaches the stopped too
    const running = this.#running;
    running?.process.kill("asked");
    const extensions = this.#extensions.kill();
    killMarked(this.#parts.directory);
    await Promise.all([running?.process.gone(), extensions]);
  }

  async drained(): Promise<void> {
    this.#pipe.drain();
    this.#extensions.drain();
  }

  maxMemoryUsedMb(): number {
    if (this.#running !== undefined) this.#parts.memoryWatch.sample(this.#running.watched);
    return Math.min(this.#parts.spec.memorySizeMb, Math.ceil(this.#peakBytes / MIB));
  }

  /** Its directory is gone, and with it the pipe and `/tmp`: nothing can run here any more. */
  takenAway(): void {
    if (this.#destroyed !== undefined) return;
    void this.destroy();
    this.#parts.events.onLost(`its directory ${this.#parts.directory.path} was removed`);
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#end();
    return this.#destroyed;
  }

  #start(): void {
    const { spec, directory } = this.#parts;
    const command = runtimeCommand(spec.runtime.reference, this.#task, this.#layers);
    if (command.kind === "fails") {
      setImmediate(() => this.#parts.events.onRuntimeExit({ status: command.status, outOfMemory: false }));
      return;
    }
    const descriptors = this.#pipe.openWriters();
    const runtime = startRuntimeProcess({
      program: command.program,
      args: command.args,
      directory: this.#task,
      environment: this.#environment(),
      descriptors,
    });
    closeAll(descriptors);
    if (runtime.pid !== undefined) recordGroup(directory, runtime.pid);
    this.#watch(runtime);
  }

  #watch(runtime: RuntimeProcess): void {
    const { events, memoryWatch, spec } = this.#parts;
    const watched: WatchedGroup = {
      pid: runtime.pid ?? 0,
      limitBytes: spec.memorySizeMb * MIB,
      onSample: ({ peak }) => (this.#peakBytes = Math.max(this.#peakBytes, peak + this.#extensions.memoryBytes)),
      onExceeded: () => runtime.kill("memory"),
    };
    const unwatch = runtime.pid === undefined ? () => undefined : memoryWatch.watch(watched);
    const running = { process: runtime, watched };
    this.#running = running;
    void runtime.exited.then((exit: RuntimeExit) => {
      unwatch();
      runtime.kill("asked"); // what it started does not outlive it
      if (this.#running !== running) return;
      this.#running = undefined;
      // One that ended while it waited at the gate is simply started again.
      if (this.#begun && this.#destroyed === undefined) events.onRuntimeExit(exit);
    });
  }

  #environment(): Record<string, string> {
    const { spec, directory, address, searchPath, packages } = this.#parts;
    const client = runtimeClient(spec.runtime.reference);
    const places = {
      task: this.#task,
      layers: this.#layers,
      runtime: client.directory,
      temporary: directory.temporary,
      ...(client.family === "nodejs" ? { packages } : {}),
      ...(client.interpreter === undefined ? {} : { interpreter: dirname(client.interpreter) }),
    };
    const environment = sandboxEnvironment(spec.environment, places, {
      AWS_LAMBDA_RUNTIME_API: address,
      ...(client.family === "provided" ? {} : { _LAMBDA_TELEMETRY_LOG_FD: TELEMETRY_FD }),
      ...(client.family === "python" ? { LAMBDOCK_LAYERS_DIRECTORY: this.#layers } : {}),
    });
    return { ...environment, PATH: [environment["PATH"], searchPath].filter(Boolean).join(":") };
  }

  get #task(): string {
    return this.#parts.spec.taskDirectory ?? this.#parts.directory.path;
  }

  get #layers(): string {
    return this.#parts.spec.layersDirectory ?? this.#parts.directory.noLayers;
  }

  async #end(): Promise<void> {
    await this.killRuntime();
    this.#pipe.close();
    this.#extensions.close();
    await this.#parts.release().catch(() => undefined);
    await removeRunDirectory(this.#parts.directory).catch(() => undefined); // the next start's reap removes it
  }
}
