import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { spawnSource } from "@lambdock/kernel/testing/source-process";

/** Starts a consumer in a process of its own and resolves once it works on an item, which it never finishes. */
export async function consumerAtWork(redisUrl: string, mode: "save" | "plain"): Promise<ChildProcess> {
  const child = spawnSource(new URL("consumer-program.ts", import.meta.url), [redisUrl, mode]);
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error("the consumer ended before it worked"))),
  ]);
  return child;
}
