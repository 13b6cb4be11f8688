import { accessSync, constants, existsSync, openSync, readdirSync, readSync, closeSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ExtensionExit } from "../port.ts";
import type { MemoryWatch } from "./memory-watch.ts";
import { closeAll, openOutputPipe, type OutputPipe } from "./output-pipe.ts";
import { STATUS_NOT_FOUND } from "./runtime-command.ts";
import { startRuntimeProcess, type RuntimeProcess } from "./runtime-process.ts";

const HEAD_BYTES = 256;
const ELF = "\u007fELF";
/** Mach-O, for functions on macOS: little endian and universal binaries. */
const MACH = /^(\u00cf\u00fa\u00ed\u00fe|\u00ca\u00fe\u00ba\u00be)/;

/** What external extensions are started with. */
export interface ExtensionStart {
  /** Stands for `/opt`. */
  readonly layers: string;
  /** Named pipe of their output. */
  readonly output: string;
  readonly limitBytes: number;
  readonly memoryWatch: MemoryWatch;
  readonly onOutput: (chunk: Uint8Array) => void;
  readonly onExit: (exit: ExtensionExit) => void;
}

/** The external extensions of one sandbox, each a process group of its own. */
export class ProcessExtensions {
  readonly names: readonly string[];
  readonly #start: ExtensionStart;
  readonly #running = new Map<string, { readonly process: RuntimeProcess; memory: number }>();
  #pipe: OutputPipe | undefined;

  constructor(start: ExtensionStart) {
    this.#start = start;
    this.names = listExtensions(join(start.layers, "extensions"));
  }

  /** Starts all of them; what can't be started is told like an exit. */
  startAll(environment: Readonly<Record<string, string>>): void {
    if (this.names.length === 0) return;
    this.#pipe ??= openOutputPipe(this.#start.output, this.#start.onOutput);
    for (const name of this.names) this.#startOne(name, environment, this.#pipe);
  }

  /** Ids of the process groups that live. */
  get groups(): readonly number[] {
    return [...this.#running.values()].flatMap(({ process: { pid } }) => (pid === undefined ? [] : [pid]));
  }

  /** Bytes in use, as of the last samples. */
  get memoryBytes(): number {
    return [...this.#running.values()].reduce((sum, { memory }) => sum + memory, 0);
  }

  /** SIGKILLs them; resolves when they are gone. */
  async kill(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { process } of running) process.kill("asked");
    await Promise.all(running.map(({ process }) => process.gone()));
  }

  drain(): void {
    this.#pipe?.drain();
  }

  close(): void {
    this.#pipe?.close();
  }

  #startOne(name: string, environment: Readonly<Record<string, string>>, pipe: OutputPipe): void {
    const { layers, memoryWatch, limitBytes, onExit } = this.#start;
    const program = join(layers, "extensions", name);
    const launchError = launchErrorOf(program);
    if (launchError !== undefined) {
      setImmediate(() => onExit({ name, status: STATUS_NOT_FOUND, launchError }));
      return;
    }
    const descriptors = pipe.openWriters();
    const process = startRuntimeProcess({ program, args: [], directory: "/", environment, descriptors: descriptors.slice(0, 2) });
    closeAll(descriptors);
    const running = { process, memory: 0 };
    this.#running.set(name, running);
    const unwatch = memoryWatch.watch({
      pid: process.pid ?? 0,
      limitBytes,
      onSample: ({ current }) => (running.memory = current),
      onExceeded: () => process.kill("memory"),
    });
    void process.exited.then(({ status }) => {
      unwatch();
      process.kill("asked"); // what it started does not outlive it
      if (this.#running.get(name) === running) this.#running.delete(name);
      onExit({ name, status });
    });
  }
}

/** Files directly in the directory, as AWS looks for extensions. */
function listExtensions(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter(
    (name) => !name.includes("\n") && statSync(join(directory, name), { throwIfNoEntry: false })?.isFile(),
  );
}

/** What the kernel would say; a shell or libuv would make up for some of it. */
function launchErrorOf(program: string): ExtensionExit["launchError"] {
  try {
    accessSync(program, constants.X_OK);
  } catch {
    return "permission denied";
  }
  const head = headOf(program);
  if (head.startsWith(ELF) || MACH.test(head)) return undefined;
  const interpreter = /^#!\s*(\S+)/.exec(head)?.[1];
  if (interpreter === undefined) return "exec format error";
  return existsSync(interpreter) ? undefined : "no such file or directory";
}

function headOf(program: string): string {
  const buffer = Buffer.alloc(HEAD_BYTES);
  const fd = openSync(program, "r");
  try {
    return buffer.toString("latin1", 0, readSync(fd, buffer));
  } catch {
    return "";
  } finally {
    closeSync(fd);
  }
}
