/** Starts floors/http-to-runtime.mjs as a process of its own, with so many runtime containers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { removeContainer, runContainer } from "./docker-api.mjs";
import { containerSpec } from "./floors/runtime-container.mjs";

const SERVER = new URL("./floors/http-to-runtime.mjs", import.meta.url).pathname;

/** Answers its URL once every runtime polls, and how to end it. */
export async function startWarmFloor({ runtime, taskDirectory, memoryMegabytes, environments }) {
  const server = spawn(process.execPath, [SERVER], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(server.stdout, "data");
  const port = Number(line);
  const spec = containerSpec({ runtime, api: `floor:${port}`, taskDirectory, memoryMegabytes });
  const containers = await Promise.all(Array.from({ length: environments }, () => runContainer(spec)));
  const url = `http://127.0.0.1:${port}`;
  const ready = async () => Number(await (await fetch(`${url}/ready`, { method: "POST" })).text());
  while ((await ready()) < environments) await pause(20);
  return {
    url,
    async stop() {
      await Promise.all(containers.map(removeContainer));
      server.kill();
    },
  };
}
