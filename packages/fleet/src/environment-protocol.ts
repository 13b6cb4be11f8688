import type { EnvironmentState } from "@lambdock/model/lifecycle";
import type { PlatformLine, RunStatus } from "@lambdock/model/platform-log";
import type { ExtensionEvent, ExtensionExit } from "./environment-extensions.ts";
import type { Fault, RuntimeExit } from "./fault.ts";

/** One invocation as the environment sees it. */
export interface Run {
  readonly requestId: string;
  readonly version: string;
  readonly timeoutMs: number;
  /** The caller wants the log tail, so the answer waits for the end of the run. */
  readonly tail: boolean;
}

/** How a run ended for its caller. */
export type Ending =
  /** The runtime posted a response; the payload travels beside the machine. */
  | { readonly kind: "success" }
  /** The runtime posted an error document, handed on verbatim. */
  | { readonly kind: "function-error"; readonly payload: Uint8Array }
  /** Lambda itself words the error. */
  | { readonly kind: "fault"; readonly fault: Fault; readonly survives: boolean }
  /** The snapshot could not be restored: an error of the API, the function did not run. */
  | { readonly kind: "snap-start-error"; readonly code: SnapStartErrorCode; readonly message: string }
  /** The sandbox is gone through no fault of the function. */
  | { readonly kind: "unavailable"; readonly message: string };

/** What Invoke answers when a restore fails. */
export type SnapStartErrorCode = "SnapStartException" | "SnapStartTimeoutException";

/** Why extensions are shut down, as their SHUTDOWN event words it. */
export type ShutdownReason = "spindown" | "timeout" | "failure";

export type EnvironmentEvent =
  /** `extensions`: names of the external extensions that were found. */
  | { readonly type: "sandbox-ready"; readonly extensions?: readonly string[] }
  | { readonly type: "assign"; readonly run: Run }
  /** Init without an invocation: provisioned concurrency, or a snapshot for a version that is published. */
  | { readonly type: "initialize"; readonly limitMs: number }
  | { readonly type: "runtime-next" }
  /** The runtime is done with its init, and waits in `restore/next`. */
  | { readonly type: "restore-next" }
  /** Its hooks failed after the restore. */
  | { readonly type: "restore-error"; readonly errorType: string }
  | { readonly type: "runtime-answer"; readonly ending: Ending }
  | { readonly type: "response-too-large" }
  | { readonly type: "init-error"; readonly payload: Uint8Array; readonly errorType: string }
  | ({ readonly type: "runtime-exit" } & RuntimeExit)
  | {
      readonly type: "extension-registered";
      readonly name: string;
      readonly external: boolean;
      readonly events: readonly ExtensionEvent[];
    }
  | { readonly type: "extension-next"; readonly name: string }
  | { readonly type: "extension-error"; readonly name: string; readonly state: "InitError" | "ExitError"; readonly errorType: string }
  | ({ readonly type: "extension-exit" } & ExtensionExit)
  | { readonly type: "deadline"; readonly key: string }
  | { readonly type: "retire" }
  /** The executor stops: now, with what SHUTDOWN takes. A run that is under way is answered with the message. */
  | { readonly type: "shut-down"; readonly message: string }
  | { readonly type: "lost"; readonly reason: string };

export type Effect =
  /** Starts the external extensions, all at once. */
  | { readonly type: "start-extensions" }
  /** Lets the runtime begin init, or starts a new one after a reset. */
  | { readonly type: "start-runtime" }
  /** The runtime asked for its first invocation, and all extensions for their first event. */
  | { readonly type: "init-ended" }
  /** Answers `initialize`. */
  | { readonly type: "initialized" }
  | { readonly type: "init-failed"; readonly reason: string; readonly errorType: string }
  /** Answers the runtime's `restore/next`. */
  | { readonly type: "restore" }
  /** SIGKILL for the runtime alone; what it wrote stays to be read. */
  | { readonly type: "stop-runtime" }
  /** SIGKILL for everything; the effects after it wait until the processes are gone. */
  | { readonly type: "kill-runtime" }
  /**
   * SIGTERM to a runtime that lives, SIGKILL after `runtimeMs`; then SHUTDOWN to the external
   * extensions. The effects after it wait until all have ended, or `totalMs` have passed.
   */
  | { readonly type: "shut-down"; readonly reason: ShutdownReason; readonly runtimeMs: number; readonly totalMs: number }
  /** Answers the runtime's `next` with this invocation. */
  | { readonly type: "deliver"; readonly run: Run; readonly deadlineAt: number }
  /** Answers `event/next` of these extensions with INVOKE. */
  | { readonly type: "invoke-extensions"; readonly names: readonly string[]; readonly deadlineAt: number }
  /** The caller gets its answer. */
  | { readonly type: "respond"; readonly run: Run; readonly ending: Ending }
  /** The effects after it wait until all output of the processes has been read. */
  | { readonly type: "settle" }
  | { readonly type: "log"; readonly line: PlatformLine }
  /** The edge adds the runtime's version. */
  | { readonly type: "log-init-start" }
  /** The same of a restore. */
  | { readonly type: "log-restore-start" }
  /** The edge adds the memory figures. */
  | {
      readonly type: "log-report";
      readonly requestId: string;
      readonly durationMs: number;
      readonly initDurationMs?: number;
      readonly restoreDurationMs?: number;
      /** Time that extensions needed after the runtime was done; it is part of the duration. */
      readonly extensionsMs?: number;
      readonly status: RunStatus;
      readonly errorType?: string;
    }
  /** Dispatch `deadline` with this key at that instant; stale keys are ignored. */
  | { readonly type: "wake"; readonly key: string; readonly at: number }
  | { readonly type: "state"; readonly state: EnvironmentState }
  | { readonly type: "destroy" };
