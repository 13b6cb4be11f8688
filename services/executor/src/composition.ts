import { join } from "node:path";
import { createCodeStore } from "@lambdock/code-store/code-store";
import type { Executor } from "@lambdock/executor-client/port";
import { systemTimers } from "@lambdock/kernel/clock";
import { createRedisLogSink } from "@lambdock/logs/log-sink";
import type { RedisClient } from "@lambdock/store/redis";
import { startCodeSweep } from "./code-sweep.ts";
import type { ExecutorConfig } from "./config.ts";
import type { ExecutorDependencies } from "./dependencies.ts";
import { environmentParts, type environmentSettings } from "./environments/config.ts";
import { limitsOf, type limitSettings } from "./limits/config.ts";
import { createExecutor } from "./service.ts";

/** What the executor is handed, whether it has a process of its own or shares one with the other services. */
export interface ExecutorParts extends Pick<ExecutorDependencies, "logger" | "lifecycle" | "driver" | "runtimeApi"> {
  readonly config: Pick<ExecutorConfig, keyof typeof limitSettings | keyof typeof environmentSettings | "dataDirectory">;
  /** Where the lines of runs are kept. */
  readonly redis: RedisClient;
  /** Lambdock's endpoint as functions reach it; empty: they are not told. */
  readonly functionEndpoint: string;
}

/** An executor that runs. */
export interface StartedExecutor {
  readonly executor: Executor;
  /** Lets runs finish until the deadline, milliseconds from now. */
  readonly stop: (deadlineMs: number) => Promise<void>;
}

/** Starts the executor on that driver; its Runtime API listens already. */
export async function startExecutor({ config, redis, functionEndpoint, ...parts }: ExecutorParts): Promise<StartedExecutor> {
  const { logger } = parts;
  const codeStore = createCodeStore({ directory: join(config.dataDirectory, "code") });
  const executor = createExecutor({
    limits: limitsOf(config),
    ...(await environmentParts(config)),
    ...parts,
    codeStore,
    logSink: createRedisLogSink({ redis, logger }),
    timers: systemTimers,
    ...(functionEndpoint === "" ? {} : { functionEndpoint }),
  });
  await executor.start();
  const stopSweep = startCodeSweep({ codeStore, timers: systemTimers, logger });
  return {
    executor,
    async stop(deadlineMs) {
      stopSweep();
      await executor.stop(deadlineMs);
    },
  };
}
