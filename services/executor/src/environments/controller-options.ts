import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { FunctionSpec, InitializationType } from "@lambdock/model/function-spec";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import type { ColdStartSampler } from "../cold-starts.ts";
import type { EnvironmentTelemetry } from "../telemetry/environment-telemetry.ts";
import type { Freezer } from "./freezer.ts";
import type { LogWriter } from "./log-writer.ts";

/** What the owner of an environment wants to hear. */
export interface ControllerListener {
  /** The caller of its run has the answer. */
  onAnswered(): void;
  /** It finished a run and can take the next. */
  onIdle(): void;
  /** It was initialized without an invocation (provisioned concurrency) and can take one. */
  onInitialized(): void;
  /** That init failed or took too long; the environment stops. `reason` says which, in one sentence; `errorType` is AWS's. */
  onInitFailed(reason: string, errorType: string): void;
  /** It is stopped and its sandbox removed. */
  onStopped(): void;
}

export interface ControllerOptions {
  readonly id: string;
  readonly spec: FunctionSpec;
  readonly runtime: { readonly runtimeVersion: string; readonly runtimeVersionArn: string };
  readonly timers: Timers;
  readonly logs: LogWriter;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly listener: ControllerListener;
  readonly telemetry: EnvironmentTelemetry;
  readonly freezer: Freezer;
  /** Starts take at least as long as it says; absent: as long as they take. */
  readonly coldStarts?: ColdStartSampler;
  /** True when a `provided.*` function has no executable bootstrap. */
  readonly missingBootstrap: boolean;
  /** Absent: on-demand, or snap-start where the function has it. */
  readonly initializationType?: InitializationType;
  /** Bandwidth of streamed responses, bytes per second; absent: as fast as they come. */
  readonly streamBytesPerSecond?: number;
}
