import { release } from "node:os";
import type { DockerDriverOptions } from "./docker-options.ts";
import type { EngineFacts } from "./engine.ts";

/** Named pipes work where the engine's containers run on our own kernel; Docker Desktop's run on another one. */
export function decideTransport(wanted: DockerDriverOptions["transport"], facts: EngineFacts, kernel = release()): "fifo" | "attach" {
  if (wanted !== "auto") return wanted;
  return !facts.operatingSystem.includes("Docker Desktop") && facts.kernelVersion === kernel ? "fifo" : "attach";
}
