/**
 * Extensions of an execution environment. External ones are the files in `/opt/extensions`, started
 * before the runtime; internal ones register from within the runtime process.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import type { Effect, ShutdownReason } from "./environment-protocol.ts";
import type { Environment } from "./environment-state.ts";
import { exitText, lambdaFault, type Fault } from "./fault.ts";

/** External and internal ones together [RIE]. */
export const EXTENSIONS_MAX = 10;
/** What SHUTDOWN may take with external extensions, and how much of it is the runtime's. */
const SHUTDOWN_MS = 2_000;
const SHUTDOWN_RUNTIME_MS = 300;
/** With internal extensions alone. */
const SHUTDOWN_INTERNAL_MS = 500;

export type ExtensionEvent = "INVOKE" | "SHUTDOWN";

/** The names of the Runtime Interface Emulator; an external extension begins as Started. */
export type ExtensionState = "Started" | "Registered" | "Ready" | "Running" | "InitError" | "ExitError" | "LaunchError" | "Exited";

export interface Extension {
  readonly name: string;
  readonly external: boolean;
  readonly state: ExtensionState;
  readonly events: readonly ExtensionEvent[];
  /** Of one that failed. */
  readonly errorType?: string;
}

/** How the process of an external extension ended. */
export interface ExtensionExit {
  readonly name: string;
  /** 128 + n when signal n ended it. */
  readonly status: number;
  /** It could not be started at all: `permission denied`, `exec format error` or `no such file or directory`. */
  readonly launchError?: string;
}

/** External extensions before a start: those past the limit can't be started. */
export function unstarted(names: readonly string[]): readonly Extension[] {
  return names.map((name, index) =>
    index < EXTENSIONS_MAX
      ? { name, external: true, state: "Started", events: [] }
      : { name, external: true, state: "LaunchError", events: [], errorType: "TooManyExtensions" },
  );
}

/** The environment before its processes start anew: what earlier ones registered is forgotten. */
export function withProcessesGone(environment: Environment): Environment {
  const { extensions, ...rest } = environment;
  if (extensions === undefined) return environment;
  const external = extensions.filter((extension) => extension.external);
  return external.length === 0 ? rest : { ...rest, extensions: unstarted(external.map(({ name }) => name)) };
}

/** The error of an environment that has more extensions than can be started. */
export function tooManyFault(environment: Environment, requestId: string): Fault | undefined {
  const tooMany = environment.extensions?.some(({ errorType }) => errorType === "TooManyExtensions") === true;
  return tooMany ? lambdaFault("Extension.LaunchError", requestId, `Extension limit (${EXTENSIONS_MAX}) reached`) : undefined;
}

/** Processes of a fresh start: the extensions, or at once the runtime where there are none. */
export function startEffects(environment: Environment): Effect[] {
  return hasUnregistered(environment) ? [{ type: "start-extensions" }] : [{ type: "start-runtime" }];
}

/** True while an external extension has not registered: the runtime waits for it. */
export function hasUnregistered(environment: Environment): boolean {
  return environment.extensions?.some(({ state }) => state === "Started") === true;
}

/** Every extension asked for its first event. */
export function allReady(environment: Environment): boolean {
  return environment.extensions?.every(({ state }) => state === "Ready") !== false;
}

/** Extensions work on the current event, or have announced that they exit, which is yet to happen and breaks the run. */
export function someRunning(environment: Environment): boolean {
  return environment.extensions?.some(({ state }) => state === "Running" || state === "ExitError") === true;
}

/** INVOKE for those who subscribed to it; they run until they ask for the next event. */
export function invokeExtensions(
  environment: Environment,
  deadlineAt: number,
): { readonly environment: Environment; readonly effects: readonly Effect[] } {
  const { extensions } = environment;
  const names = extensions?.filter(({ events }) => events.includes("INVOKE")).map(({ name }) => name) ?? [];
  if (extensions === undefined || names.length === 0) return { environment, effects: NOTHING };
  const running = extensions.map((extension) =>
    names.includes(extension.name) && extension.state !== "ExitError" ? { ...extension, state: "Running" as const } : extension,
  );
  return { environment: { ...environment, extensions: running }, effects: [{ type: "invoke-extensions", names, deadlineAt }] };
}

const NOTHING: readonly Effect[] = [];

/** Changes one extension; `undefined` when there is none of that name. */
export function changeExtension(environment: Environment, name: string, change: Partial<Extension>): Environment | undefined {
  const { extensions } = environment;
  if (extensions?.some((extension) => extension.name === name) !== true) return undefined;
  return { ...environment, extensions: extensions.map((extension) => (extension.name === name ? { ...extension, ...change } : extension)) };
}

/** An extension registers; an internal one comes into being by it. */
export function register(environment: Environment, extension: Extension): Environment {
  const { extensions = [] } = environment;
  if (extension.external) return changeExtension(environment, extension.name, extension) ?? environment;
  return { ...environment, extensions: [...extensions, extension] };
}

/** How an extension looks after its process ended, and the error that this is for whoever waits. */
export function exitedExtension(extension: Extension, exit: ExtensionExit): Extension {
  if (exit.launchError !== undefined) {
    const errorType = exit.launchError === "permission denied" ? "PermissionDenied" : "UnknownError";
    return { ...extension, state: "LaunchError", errorType };
  }
  if (extension.state === "InitError" || extension.state === "ExitError") return extension;
  return { ...extension, state: "Exited", errorType: "Extension.Crash" };
}

/** The error of a run, or of an init, that an extension's end has broken. */
export function extensionFault(extension: Extension, exit: ExtensionExit, requestId: string): Fault {
  if (extension.state === "LaunchError") {
    return lambdaFault("Extension.LaunchError", requestId, `fork/exec /opt/extensions/${exit.name}: ${exit.launchError ?? "failed"}`);
  }
  const errorType =
    extension.state === "InitError" ? "Extension.InitError" : extension.state === "ExitError" ? "Extension.ExitError" : "Extension.Crash";
  return lambdaFault(errorType, requestId, exit.status === 0 ? "exit code 0" : exitText(exit.status));
}

/** `EXTENSION Name: … State: …`, one line each; CloudWatch has them at the end of every init. */
export function extensionLines(environment: Environment): Effect[] {
  return (environment.extensions ?? []).map(({ name, state, events, errorType }) => ({
    type: "log",
    line: { type: "extension", name, state, events, ...(errorType === undefined ? {} : { errorType }) },
  }));
}

/** What SHUTDOWN takes: nothing without extensions, when SIGKILL comes at once. */
export function shutdownEffects(environment: Environment, reason: ShutdownReason): Effect[] {
  const { extensions } = environment;
  if (extensions === undefined || environment.cold) return [];
  const external = extensions.some((extension) => extension.external);
  return [
    external
      ? { type: "shut-down", reason, runtimeMs: SHUTDOWN_RUNTIME_MS, totalMs: SHUTDOWN_MS }
      : { type: "shut-down", reason, runtimeMs: SHUTDOWN_INTERNAL_MS, totalMs: SHUTDOWN_INTERNAL_MS },
  ];
}

/** The same on a reset, where the runtime is dead already. */
export function resetEffects(environment: Environment, reason: ShutdownReason): Effect[] {
  const external = environment.extensions?.some((extension) => extension.external) === true;
  return external ? [{ type: "shut-down", reason, runtimeMs: 0, totalMs: SHUTDOWN_MS }] : [];
}
