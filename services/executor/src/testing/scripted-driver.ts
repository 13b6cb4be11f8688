import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { PreparedRuntime, RuntimeExit, Sandbox, SandboxDriver, SandboxEvents, SandboxSpec } from "@lambdock/containers/port";

/** What a scripted runtime can do; every method is a real request to the Runtime API. */
export interface ScriptedRuntime {
  readonly environment: Readonly<Record<string, string>>;
  next(): Promise<{ readonly requestId: string; readonly headers: IncomingMessage["headers"]; readonly body: string }>;
  post(
    path: string,
    body: string | Buffer,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: string }>;
  /** A GET below `/2018-06-01/runtime`. */
  get(path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Any request; the path is absolute. */
  readonly call: ScriptedExtension["call"];
  respond(requestId: string, body: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Posts a response in pieces, with trailers at the end. */
  stream(requestId: string, chunks: readonly string[], trailers?: Readonly<Record<string, string>>): Promise<void>;
  /** Begins a POST in pieces, on a connection of its own; resolves when its head and first piece are on their way. */
  begin(path: string, piece: string): Promise<BegunPost>;
  print(text: string): void;
  exit(exit: RuntimeExit): void;
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>;
}

/** A POST whose body is still coming. */
export interface BegunPost {
  /** Sends the last piece; resolves with the answer. */
  end(piece: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Its connection is lost. */
  lose(): void;
}

/** Runs once per runtime process. */
export type Script = (runtime: ScriptedRuntime) => Promise<void>;

/** An external extension; runs once per start of its process. */
export type ExtensionScript = (extension: ScriptedExtension) => Promise<void>;

/** What a scripted extension can do. */
export interface ScriptedExtension {
  /** One request to the Runtime API; the path is absolute. */
  call(
    method: string,
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly headers: IncomingMessage["headers"]; readonly body: string }>;
  print(text: string): void;
  exit(status: number): void;
}

/** A driver whose sandboxes are scripts that speak real HTTP to the Runtime API under test. */
export function createScriptedDriver(
  port: () => number,
  script: Script,
  extensions: Readonly<Record<string, ExtensionScript>> = {},
): SandboxDriver & { readonly live: Set<string>; readonly signals: string[] } {
  const live = new Set<string>();
  const signals: string[] = [];
  const runtime: PreparedRuntime = {
    reference: "scripted",
    waitsAtGate: false,
    runtimeVersion: "scripted:1.v1",
    runtimeVersionArn: "arn:aws:lambda:us-east-1::runtime:0",
  };
  return {
    kind: "process",
    live,
    signals,
    prepareRuntime: async () => runtime,
    create: async (spec, events) => {
      live.add(spec.id);
      return new ScriptedSandbox({ spec, events, port, script, extensions, signals, onDestroy: () => live.delete(spec.id) });
    },
    reap: async () => 0,
    ping: async () => {},
    close: async () => {},
  };
}

interface ScriptedSandboxOptions {
  readonly spec: SandboxSpec;
  readonly events: SandboxEvents;
  readonly port: () => number;
  readonly script: Script;
  readonly extensions: Readonly<Record<string, ExtensionScript>>;
  readonly signals: string[];
  readonly onDestroy: () => void;
}

class ScriptedSandbox implements Sandbox {
  readonly id: string;
  readonly #options: ScriptedSandboxOptions;
  readonly extensions: readonly string[];
  readonly freezesQuickly = true;
  #kill: () => void = () => {};
  #killExtensions: (() => void)[] = [];
  #signalled: (exit: RuntimeExit) => void = () => {};

  constructor(options: ScriptedSandboxOptions) {
    this.id = options.spec.id;
    this.#options = options;
    this.extensions = Object.keys(options.extensions);
  }

  async startExtensions(): Promise<void> {
    for (const [name, script] of Object.entries(this.#options.extensions)) this.#startExtension(name, script);
  }

  #startExtension(name: string, script: ExtensionScript): void {
    const { spec, events, port } = this.#options;
    const agent = new Agent({ keepAlive: true });
    let alive = true;
    const end = (): boolean => {
      const was = alive;
      alive = false;
      agent.destroy();
      return was;
    };
    this.#killExtensions.push(() => void end());
    script({
      call: (method, path, body = "", headers = {}) => request({ spec, agent, port: port(), method, path, body, headers }),
      print: (text) => void (alive && events.onOutput(Buffer.from(text), "extension")),
      exit: (status) => void (end() && events.onExtensionExit({ name, status })),
    }).catch(() => {
      // A killed process's requests fail; nobody is left to tell.
    });
  }

  signalRuntime(signal: "TERM" | "KILL"): void {
    this.#options.signals.push(signal);
    this.#signalled({ status: signal === "TERM" ? 143 : 137, outOfMemory: false });
  }

  async address(): Promise<string> {
    return "127.0.0.1";
  }

  async freeze(): Promise<void> {
    this.#options.signals.push("FREEZE");
  }

  thaw(): undefined {
    this.#options.signals.push("THAW");
  }

  async startRuntime(): Promise<void> {
    const { spec, events, port, script } = this.#options;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let alive = true;
    const killed = new Promise<void>((resolve) => {
      this.#kill = () => {
        alive = false;
        agent.destroy();
        resolve();
      };
    });
    const kill = this.#kill;
    const exit = (how: RuntimeExit): void => {
      if (!alive) return;
      kill();
      events.onRuntimeExit(how);
    };
    this.#signalled = exit;
    const runtime = scriptedRuntime({ spec, agent, port: port(), killed });
    script({
      ...runtime,
      print: (text) => void (alive && events.onOutput(Buffer.from(text))),
      exit,
    }).catch(() => {
      // A killed process's requests fail; nobody is left to tell.
    });
  }

  endInit(): void {}

  async killRuntime(): Promise<void> {
    this.#kill();
    for (const kill of this.#killExtensions.splice(0)) kill();
  }

  async drained(): Promise<void> {}

  maxMemoryUsedMb(): number {
    return 42;
  }

  async destroy(): Promise<void> {
    await this.killRuntime();
    this.#options.onDestroy();
  }
}

function request(what: {
  readonly spec: SandboxSpec;
  readonly agent: Agent;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}): Promise<{ status: number; headers: IncomingMessage["headers"]; body: string }> {
  const { spec, agent, port, method, path, body, headers } = what;
  const options = { host: "127.0.0.1", port, path, method, agent, headers: { Host: `${spec.token}.rt.lambdock:${port}`, ...headers } };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(options, (response) => {
      let text = "";
      response
        .setEncoding("utf8")
        .on("data", (chunk) => (text += chunk))
        .on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
        .on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function begin(
  { spec, port, path }: { readonly spec: SandboxSpec; readonly port: number; readonly path: string },
  piece: string,
): Promise<BegunPost> {
  const headers = { Host: `${spec.token}.rt.lambdock:${port}` };
  const outgoing = httpRequest({ host: "127.0.0.1", port, path, method: "POST", headers, agent: false });
  outgoing.on("error", () => undefined);
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  answered.catch(() => undefined);
  await new Promise<unknown>((sent) => outgoing.write(piece, sent));
  return {
    async end(last) {
      outgoing.end(last);
      const [response] = await answered;
      return { status: response.statusCode!, body: await text(response) };
    },
    lose: () => void outgoing.destroy(),
  };
}

function scriptedRuntime(target: {
  readonly spec: SandboxSpec;
  readonly agent: Agent;
  readonly port: number;
  readonly killed: Promise<void>;
}): Omit<ScriptedRuntime, "print" | "exit"> {
  const { spec, agent, port, killed } = target;
  const internal = new Agent({ keepAlive: true });
  void killed.then(() => internal.destroy());
  const call = (
    method: string,
    path: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): ReturnType<typeof request> => request({ spec, agent, port, method, path: `/2018-06-01/runtime${path}`, body, headers });
  return {
    environment: spec.environment,
    killed,
    // Of an internal extension, which waits while the runtime does: not on the runtime's one connection.
    call: (method, path, body = "", headers = {}) => request({ spec, agent: internal, port, method, path, body, headers }),
    next: async () => {
      const response = await call("GET", "/invocation/next", "");
      return { requestId: String(response.headers["lambda-runtime-aws-request-id"]), headers: response.headers, body: response.body };
    },
    get: (path) => call("GET", path, ""),
    post: (path, body, headers) => call("POST", path, body, headers),
    begin: (path, piece) => begin({ spec, port, path: `/2018-06-01/runtime${path}` }, piece),
    respond: (requestId, body) => call("POST", `/invocation/${requestId}/response`, body, { "Content-Type": "application/json" }),
    stream: (requestId, chunks, trailers = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest(
          {
            host: "127.0.0.1",
            port,
            path: `/2018-06-01/runtime/invocation/${requestId}/response`,
            method: "POST",
            agent,
            headers: {
              Host: `${spec.token}.rt.lambdock`,
              "Lambda-Runtime-Function-Response-Mode": "streaming",
              Trailer: Object.keys(trailers).join(", "),
              "Transfer-Encoding": "chunked",
            },
          },
          (response) => response.resume().on("end", () => resolve()),
        );
        outgoing.on("error", reject);
        for (const chunk of chunks) outgoing.write(chunk);
        outgoing.addTrailers(trailers);
        outgoing.end();
      }),
  };
}
