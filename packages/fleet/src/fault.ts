/**
 * Failures that Lambda itself words, as recorded: the payload a caller receives with HTTP 200 and
 * `X-Amz-Function-Error: Unhandled`, and the error type that `REPORT` shows.
 */
import { RESPONSE_BYTES_MAX } from "@lambdock/model/limits";

export interface Fault {
  /** JSON text, or the runtime's own bytes. */
  readonly payload: string | Uint8Array;
  /** For `REPORT … Error Type:`. */
  readonly errorType: string;
}

/** How a runtime process ended. */
export interface RuntimeExit {
  /** 128 + n stands for signal n, as in a shell. */
  readonly status: number;
  readonly outOfMemory: boolean;
  /** A `provided.*` function has no executable bootstrap. */
  readonly invalidEntrypoint?: boolean;
}

/** `Task timed out after 3.00 seconds`: the configured timeout, two decimals. */
export function timeoutFault(run: { readonly requestId: string; readonly timeoutMs: number }): Fault {
  const seconds = (run.timeoutMs / 1000).toFixed(2);
  return {
    errorType: "Sandbox.Timedout",
    payload: JSON.stringify({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${run.requestId} Error: Task timed out after ${seconds} seconds`,
    }),
  };
}

/** The runtime process ended without an answer. */
export function crashFault(requestId: string, exit: RuntimeExit): Fault {
  if (exit.invalidEntrypoint === true) return invalidEntrypointFault(requestId);
  const payload = (errorType: string, text: string): string =>
    JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${text}` });
  if (exit.outOfMemory) {
    // The payload says ExitError while REPORT says OutOfMemory [recorded, field].
    return { errorType: "Runtime.OutOfMemory", payload: payload("Runtime.ExitError", "Runtime exited with error: signal: killed") };
  }
  return { errorType: "Runtime.ExitError", payload: payload("Runtime.ExitError", runtimeExitText(exit.status)) };
}

/** How Go words an exit: `exit status 3`, `signal: killed`. */
export function exitText(status: number): string {
  const signal = SIGNALS[status - 128];
  return signal === undefined ? `exit status ${status}` : `signal: ${signal}`;
}

function runtimeExitText(status: number): string {
  return status === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: ${exitText(status)}`;
}

/** An error that Lambda words: `RequestId: … Error: …`. */
export function lambdaFault(errorType: string, requestId: string, text: string): Fault {
  return { errorType, payload: JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${text}` }) };
}

/** `StateReasonCode` of a version whose init failed with this error type while it was published. */
export function initFailureCode(errorType: string): string {
  const code = INIT_FAILURE_CODES[errorType] ?? (errorType.startsWith("Extension.") ? "ExtensionInitError" : "RuntimeInitError");
  return `FunctionError.${code}`;
}

const INIT_FAILURE_CODES: Readonly<Record<string, string>> = {
  "Sandbox.Timedout": "InitTimeout",
  "Runtime.OutOfMemory": "InitResourceExhausted",
  "Runtime.InvalidEntrypoint": "InvalidEntryPoint",
};

/** Go's names of the signals that end processes: AWS's agent is written in Go. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: "hangup",
  2: "interrupt",
  3: "quit",
  4: "illegal instruction",
  6: "aborted",
  7: "bus error",
  8: "floating point exception",
  9: "killed",
  11: "segmentation fault",
  13: "broken pipe",
  15: "terminated",
};

/** A buffered response over 6 MiB + 100 bytes. The environment survives. */
export function tooLargeFault(): Fault {
  return {
    errorType: "Function.ResponseSizeTooLarge",
    payload: JSON.stringify({
      errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`,
      errorType: "Function.ResponseSizeTooLarge",
    }),
  };
}

/** `provided.*` without an executable bootstrap. */
function invalidEntrypointFault(requestId: string): Fault {
  return {
    errorType: "Runtime.InvalidEntrypoint",
    payload: JSON.stringify({
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: `RequestId: ${requestId} Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]`,
    }),
  };
}

/** What the runtime posted to `init/error`, handed on verbatim after the retry fails too. */
export function initErrorFault(payload: Uint8Array, errorType: string): Fault {
  return { errorType, payload };
}
