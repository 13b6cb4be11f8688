import type { CodeStore } from "@lambdock/code-store/code-store";
import type { SandboxDriver } from "@lambdock/containers/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { LogSink } from "@lambdock/logs/port";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import type { ColdStartSampler } from "./cold-starts.ts";
import type { FreezeSettings } from "./environments/freezer.ts";
import type { ExecutorLimits } from "./limits/config.ts";
import type { RuntimeApiServer } from "./runtime-api/server.ts";

/** What an executor works with. */
export interface ExecutorDependencies {
  readonly limits: ExecutorLimits;
  readonly logger: Logger;
  readonly driver: SandboxDriver;
  readonly codeStore: CodeStore;
  readonly logSink: LogSink;
  readonly lifecycle: Lifecycle;
  readonly timers: Timers;
  /** Already listening: drivers tell sandboxes its port. Closed by the executor. */
  readonly runtimeApi: RuntimeApiServer;
  /** Absent: environments are never frozen. */
  readonly freeze?: FreezeSettings;
  /** Starts take at least as long as it says; absent: as long as they take. */
  readonly coldStarts?: ColdStartSampler;
  /** Lambdock's endpoint as functions reach it (`AWS_ENDPOINT_URL`). */
  readonly functionEndpoint?: string;
  /** Bandwidth of streamed responses behind their first 6 MiB; absent: as fast as they come. */
  readonly streamBytesPerSecond?: number;
}
