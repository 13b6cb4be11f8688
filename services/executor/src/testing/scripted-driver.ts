import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
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
  respond(requestId: string, body: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Posts a response in pieces, with trailers at the end. */
  stream(requestId: string, chunks: readonly string[], trailers?: Readonly<Record<string, string>>): Promise<void>;
  print(text: string): void;
  exit(exit: RuntimeExit): void;
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>;
}

/** Runs once per runtime process. */
export type Script = (runtime: ScriptedRuntime) => Promise<void>;

/** A driver whose sandboxes are scripts that speak real HTTP to the Runtime API under test. */
export function createScriptedDriver(port: () => number, script: Script): SandboxDriver & { readonly live: Set<string> } {
  const live = new Set<string>();
  const runtime: PreparedRuntime = {
    reference: "scripted",
    waitsAtGate: false,
    runtimeVersion: "scripted:1.v1",
    runtimeVersionArn: "arn:aws:lambda:us-east-1::runtime:0",
  };
  return {
    kind: "process",
    live,
    prepareRuntime: async () => runtime,
    create: async (spec, events) => {
      live.add(spec.id);
      return new ScriptedSandbox({ spec, events, port, script, onDestroy: () => live.delete(spec.id) });
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
  readonly onDestroy: () => void;
}

class ScriptedSandbox implements Sandbox {
  readonly id: string;
  readonly #options: ScriptedSandboxOptions;
  #kill: () => void = () => {};

  constructor(options: ScriptedSandboxOptions) {
    this.id = options.spec.id;
    this.#options = options;
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
    const runtime = scriptedRuntime({ spec, agent, port: port(), killed });
    script({
      ...runtime,
      print: (text) => void (alive && events.onOutput(Buffer.from(text))),
      exit: (exit) => {
        if (!alive) return;
        kill();
        events.onRuntimeExit(exit);
      },
    }).catch(() => {
      // A killed process's requests fail; nobody is left to tell.
    });
  }

  endInit(): void {}

  async killRuntime(): Promise<void> {
    this.#kill();
  }

  async drained(): Promise<void> {}

  maxMemoryUsedMb(): number {
    return 42;
  }

  async destroy(): Promise<void> {
    this.#kill();
    this.#options.onDestroy();
  }
}

function scriptedRuntime(target: {
  readonly spec: SandboxSpec;
  readonly agent: Agent;
  readonly port: number;
  readonly killed: Promise<void>;
}): Omit<ScriptedRuntime, "print" | "exit"> {
  const { spec, agent, port, killed } = target;
  const call = (
    method: string,
    path: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; headers: IncomingMessage["headers"]; body: string }> =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          host: "127.0.0.1",
          port,
          path: `/2018-06-01/runtime${path}`,
          method,
          agent,
          headers: { Host: `${spec.token}.rt.lambdock:${port}`, ...headers },
        },
        (response) => {
          let text = "";
          response
            .setEncoding("utf8")
            .on("data", (chunk) => (text += chunk))
            .on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
            .on("error", reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  return {
    environment: spec.environment,
    killed,
    next: async () => {
      const response = await call("GET", "/invocation/next", "");
      return { requestId: String(response.headers["lambda-runtime-aws-request-id"]), headers: response.headers, body: response.body };
    },
    post: (path, body, headers) => call("POST", path, body, headers),
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
