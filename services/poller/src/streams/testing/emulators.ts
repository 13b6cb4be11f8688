import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { freePort } from "@lambdock/store/testing/redis-fixture";

const require = createRequire(import.meta.url);

/** An emulator in a process of its own, on loopback. */
export interface Emulator {
  readonly endpoint: string;
  /** Freezes it: connections are taken and nothing is answered. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** kinesis-local listens on every address: this makes it loopback. */
const LOOPBACK = `import net from "node:net";
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (first, ...rest) {
  const options = typeof first === "object" && first !== null ? { ...first, host: "127.0.0.1" } : { port: first, host: "127.0.0.1" };
  return listen.call(this, options, ...rest.filter((each) => typeof each === "function"));
};`;

/** Starts kinesis-local. */
export async function startKinesis(): Promise<Emulator> {
  const folder = dirname(require.resolve("kinesis-local/package.json"));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const durations = ["CREATE_STREAM", "DELETE_STREAM", "SPLIT_SHARD", "MERGE_SHARDS"].map((name) => [`${name}_DURATION`, "10ms"]);
  const child = spawn(process.execPath, [`--import=data:text/javascript,${encodeURIComponent(LOOPBACK)}`, "main.js"], {
    cwd: folder,
    env: {
      KINESIS_MOCK_PLAIN_PORT: String(port),
      KINESIS_MOCK_TLS_PORT: String(tlsPort),
      LOG_LEVEL: "ERROR",
      ...Object.fromEntries(durations),
    },
    stdio: "ignore",
  });
  return await emulator(child, port);
}

/** Comes with services/dynamodb, where there is one for the machine. */
const DYNOXIDE = "@dynoxide/linux-x64";

/** Starts dynoxide, in memory. */
export async function startDynamoDb(): Promise<Emulator> {
  const program = join(dirname(require.resolve(`${DYNOXIDE}/package.json`)), "dynoxide");
  const port = await freePort();
  return await emulator(spawn(program, ["serve", "--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" }), port);
}

async function emulator(child: ChildProcess, port: number): Promise<Emulator> {
  while (!(await answers(port))) if (child.exitCode !== null) throw new Error(`an emulator ended with ${child.exitCode}`);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (up: boolean): void => {
      socket.destroy();
      setTimeout(() => resolve(up), up ? 0 : 20);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
