/** Child processes for the scripts in this folder. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";

/** Runs a program on this terminal and answers its exit status; 127 when it is not there. */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
    child.once("error", () => resolve(127));
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Runs a program that must succeed: otherwise says `failure` and ends this process. */
export async function finish(program, args, { failure, ...options }) {
  const status = await run(program, args, options);
  if (status === 0) return;
  console.error(failure);
  process.exit(status);
}

/** True when the program runs and succeeds; its output is dropped. */
export async function succeeds(program, args) {
  return (await run(program, args, { stdio: "ignore" })) === 0;
}

/** Time since `started` (performance.now()), such as `12.3 s`. */
export function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** A TCP port on which nothing listened a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
