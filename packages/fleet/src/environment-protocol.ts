import type { EnvironmentState } from "@lambdock/model/lifecycle";
import type { PlatformLine, RunStatus } from "@lambdock/model/platform-log";
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
  /** The sandbox is gone through no fault of the function. */
  | { readonly kind: "unavailable"; readonly message: string };

export type EnvironmentEvent =
  | { readonly type: "sandbox-ready" }
  | { readonly type: "assign"; readonly run: Run }
  | { readonly type: "runtime-next" }
  | { readonly type: "runtime-answer"; readonly ending: Ending }
  | { readonly type: "response-too-large" }
  | { readonly type: "init-error"; readonly payload: Uint8Array; readonly errorType: string }
  | ({ readonly type: "runtime-exit" } & RuntimeExit)
  | { readonly type: "deadline"; readonly key: string }
  | { readonly type: "retire" }
  | { readonly type: "lost"; readonly reason: string };

export type Effect =
  /** Lets the runtime begin init, or starts a new one after a reset. */
  | { readonly type: "start-runtime" }
  /** The runtime asked for its first invocation. */
  | { readonly type: "init-ended" }
  /** SIGKILL; the effects after it wait until the processes are gone. */
  | { readonly type: "kill-runtime" }
  /** Answers the runtime's `next` with this invocation. */
  | { readonly type: "deliver"; readonly run: Run; readonly deadlineAt: number }
  /** The caller gets its answer. */
  | { readonly type: "respond"; readonly run: Run; readonly ending: Ending }
  /** The effects after it wait until all output of the processes has been read. */
  | { readonly type: "settle" }
  | { readonly type: "log"; readonly line: PlatformLine }
  /** The edge adds the runtime's version. */
  | { readonly type: "log-init-start" }
  /** The edge adds the memory figures. */
  | {
      readonly type: "log-report";
      readonly requestId: string;
      readonly durationMs: number;
      readonly initDurationMs?: number;
      readonly status: RunStatus;
      readonly errorType?: string;
    }
  /** Dispatch `deadline` with this key at that instant; stale keys are ignored. */
  | { readonly type: "wake"; readonly key: string; readonly at: number }
  | { readonly type: "state"; readonly state: EnvironmentState }
  | { readonly type: "destroy" };
