import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ConformanceRuntimeApi } from "./runtime-api.ts";
import type { ExtensionExit, PreparedRuntime, RuntimeExit, Sandbox, SandboxDriver, SandboxSpec } from "../../port.ts";

/** A sandbox of the conformance suite, with everything that was heard of it. */
export interface Subject {
  readonly sandbox: Sandbox;
  readonly token: string;
  /** All output so far. */
  output(): string;
  /** All output of external extensions so far. */
  extensionOutput(): string;
  /** Ends of external extensions so far. */
  readonly extensionExits: readonly ExtensionExit[];
  /** The next exit of a runtime that no call has answered yet. */
  exit(): Promise<RuntimeExit>;
  readonly lost: Promise<string>;
}

/** What a subject differs in from a 256 MB function without extras. */
export interface SubjectOptions {
  readonly memorySizeMb?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly layersDirectory?: string;
  readonly hiddenFromExtensions?: readonly string[];
}

/** Makes sandboxes from shell functions. */
export class ConformanceBench {
  readonly driver: SandboxDriver;
  readonly api: ConformanceRuntimeApi;
  readonly #runtime: PreparedRuntime;
  readonly #directory: string;
  readonly #subjects: Subject[] = [];
  #functions = 0;

  private constructor(
    driver: SandboxDriver,
    api: ConformanceRuntimeApi,
    found: { readonly runtime: PreparedRuntime; readonly directory: string },
  ) {
    this.driver = driver;
    this.api = api;
    this.#runtime = found.runtime;
    this.#directory = found.directory;
  }

  static async create(driver: SandboxDriver, api: ConformanceRuntimeApi): Promise<ConformanceBench> {
    const runtime = await driver.prepareRuntime({
      kind: "managed",
      runtime: "provided.al2023",
      architecture: process.arch === "arm64" ? "arm64" : "x86_64",
    });
    const directory = await mkdtemp(join(tmpdir(), "lambdock-conformance-"));
    await chmod(directory, 0o755);
    return new ConformanceBench(driver, api, { runtime, directory });
  }

  /** A sandbox whose bootstrap is this shell script. `step <name> [body]` asks the Runtime API and prints its answer. */
  async subject(script: string, options: SubjectOptions = {}): Promise<Subject> {
    const taskDirectory = await this.codeDirectory({ bootstrap: `#!/bin/sh\n${STEP}\n${script}\n` });
    return this.subjectOf(taskDirectory, options);
  }

  /** A sandbox of a directory of code. */
  subjectOf(taskDirectory: string, options: SubjectOptions = {}): Promise<Subject> {
    return this.#make({ taskDirectory }, options);
  }

  /** A sandbox of another runtime or of an image. */
  subjectOfImage(
    runtime: PreparedRuntime,
    config: Partial<Pick<SandboxSpec, "entryPoint" | "command" | "workingDirectory" | "environment" | "layersDirectory">>,
    taskDirectory?: string,
  ): Promise<Subject> {
    return this.#make({ runtime, ...config, ...(taskDirectory === undefined ? {} : { taskDirectory }) }, {});
  }

  async #make(parts: Partial<SandboxSpec>, options: SubjectOptions): Promise<Subject> {
    const token = randomBytes(12).toString("hex");
    const heard = createEar();
    const sandbox = await this.driver.create({ ...this.#spec(token, options), ...parts }, heard.events);
    const subject: Subject = { sandbox, token, ...heard };
    this.#subjects.push(subject);
    return subject;
  }

  /** A directory with these files; all are executable. */
  async codeDirectory(files: Readonly<Record<string, string>>): Promise<string> {
    const directory = join(this.#directory, String(++this.#functions));
    await mkdir(directory);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text, { mode: 0o755 });
    }
    return directory;
  }

  /** A directory for `/opt`; each file is a shell script that can `step`. */
  layers(scripts: Readonly<Record<string, string>>): Promise<string> {
    const files = Object.entries(scripts).map(([name, script]) => [name, `#!/bin/sh\n${STEP}\n${script}\n`]);
    return this.codeDirectory(Object.fromEntries(files) as Record<string, string>);
  }

  async destroySubjects(): Promise<void> {
    await Promise.all(this.#subjects.splice(0).map(({ sandbox }) => sandbox.destroy()));
  }

  /** Ends all of it, with its driver; the Runtime API may be another's too. */
  async close(): Promise<void> {
    await this.destroySubjects();
    await rm(this.#directory, { recursive: true, force: true });
    await this.driver.close();
  }

  #spec(token: string, { memorySizeMb = 256, environment = {}, ...paths }: SubjectOptions): SandboxSpec {
    return {
      id: `conformance-${token}`,
      labels: { functionName: "conformance" },
      runtime: this.#runtime,
      environment: { PATH: "/usr/local/bin:/usr/bin:/bin", LAMBDA_TASK_ROOT: "/var/task", _HANDLER: "index.handler", ...environment },
      token,
      memorySizeMb,
      ephemeralStorageMb: 512,
      ...paths,
    };
  }
}

/** `TMPDIR` where a driver has no `/tmp` of its own to give. */
const STEP = `tmp=\${TMPDIR:-/tmp}
step() { curl --silent --data-binary "\${2-}" "http://$AWS_LAMBDA_RUNTIME_API/$1"; }`;

function createEar(): Omit<Subject, "sandbox" | "token"> & { readonly events: Parameters<SandboxDriver["create"]>[1] } {
  const chunks: Uint8Array[] = [];
  const exits: RuntimeExit[] = [];
  const extensionChunks: Uint8Array[] = [];
  const extensionExits: ExtensionExit[] = [];
  const awaiting: ((exit: RuntimeExit) => void)[] = [];
  let lose: (reason: string) => void;
  const lost = new Promise<string>((resolve) => (lose = resolve));
  return {
    events: {
      onOutput: (chunk, origin) => void (origin === "extension" ? extensionChunks : chunks).push(chunk),
      onExtensionExit: (exit) => void extensionExits.push(exit),
      onRuntimeExit(exit) {
        const taker = awaiting.shift();
        if (taker === undefined) exits.push(exit);
        else taker(exit);
      },
      onLost: (reason) => lose(reason),
    },
    output: () => Buffer.concat(chunks).toString("utf8"),
    extensionOutput: () => Buffer.concat(extensionChunks).toString("utf8"),
    extensionExits,
    exit() {
      const here = exits.shift();
      return here === undefined ? new Promise((resolve) => awaiting.push(resolve)) : Promise.resolve(here);
    },
    lost,
  };
}
