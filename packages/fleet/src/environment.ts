/**
 * The life of one execution environment, as a state machine without clocks or I/O.
 *
 * AWS: on-demand init has 10 s of its own; when it fails or times out it is retried inside the
 * first invoke, within the function's timeout ("suppressed init"). A handler's exception leaves the
 * environment warm; a timeout, an exit or an out-of-memory kill resets it: the processes are
 * gone, `/tmp` stays, and the next invocation starts with a suppressed init.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import { invariant } from "@lambdock/model/invariant";
import {
  changeExtension,
  exitedExtension,
  extensionFault,
  hasUnregistered,
  register,
  unstarted,
  withProcessesGone,
  type Extension,
  type ExtensionExit,
} from "./environment-extensions.ts";
import { beginInit, failInit, initKey, onExtensionReady, onInitialize, onRuntimeReady, onSandboxReady } from "./environment-init.ts";
import {
  beginInvoke,
  beginInvokeWithInit,
  crash,
  onAnswer,
  onExitInInvoke,
  onExtensionNextInInvoke,
  onInvokeTimeout,
  onNextInInvoke,
  stop,
  stopAtOnce,
  unavailable,
} from "./environment-invoke.ts";
import type { EnvironmentEvent, Run } from "./environment-protocol.ts";
import { beginRestore, endRestore, failRestore, restoreKey } from "./environment-restore.ts";
import { stay, type Environment, type Step } from "./environment-state.ts";
import { crashFault, initErrorFault, tooLargeFault, type Fault, type RuntimeExit } from "./fault.ts";

type Extended = Extract<EnvironmentEvent, { type: `extension-${string}` }>;

/** One transition. Events that come too late for their phase change nothing. */
export function step(environment: Environment, event: EnvironmentEvent, now: number): Step {
  if (environment.phase === "stopped" && event.type !== "assign") return stay(environment);
  switch (event.type) {
    case "sandbox-ready":
      return environment.phase === "creating" ? onSandboxReady(found(environment, event.extensions ?? []), now) : stay(environment);
    case "assign":
      return onAssign(environment, event.run, now);
    case "initialize":
      return onInitialize(environment, event.limitMs, now);
    case "runtime-next":
      return onNext(environment, now);
    case "restore-next":
      return onRestoreNext(environment, now);
    case "restore-error":
      return environment.phase === "restore"
        ? failRestore(environment, { status: "error", errorType: event.errorType }, now)
        : stay(environment);
    case "runtime-answer":
      return onAnswer(environment, event.ending);
    case "response-too-large":
      return onAnswer(environment, { kind: "fault", fault: tooLargeFault(), survives: true });
    case "init-error":
      return onInitFault(environment, initErrorFault(event.payload, event.errorType), now);
    case "runtime-exit":
      return onRuntimeGone(environment, event, now);
    case "deadline":
      return onDeadline(environment, event.key, now);
    case "retire":
      return onRetire(environment);
    case "shut-down":
      return stop(environment, unavailable(environment, event.message));
    case "lost":
      return stopAtOnce(environment, unavailable(environment, event.reason));
    default:
      return onExtension(environment, event, now);
  }
}

function found(environment: Environment, names: readonly string[]): Environment {
  return names.length === 0 ? environment : { ...environment, extensions: unstarted(names) };
}

function onAssign(environment: Environment, run: Run, now: number): Step {
  invariant(environment.run === undefined, "an environment never has two invocations");
  switch (environment.phase) {
    case "creating":
      return stay({ ...environment, run });
    case "init": // one that was initialized for nobody in particular: it goes on, and then runs this
      return stay({ ...environment, run });
    case "spare":
      return beginInit({ ...environment, run }, now);
    case "snapshot":
      return beginRestore(environment, run, now);
    case "idle":
      return environment.cold ? beginInvokeWithInit(environment, run, now) : beginInvoke(environment, run, now);
    default:
      throw new Error(`an environment in phase ${environment.phase} cannot be assigned an invocation`);
  }
}

function onNext(environment: Environment, now: number): Step {
  if (environment.phase === "busy")
    return environment.initInsideInvoke ? onRuntimeReady(environment, now) : onNextInInvoke(environment, now);
  if (environment.phase === "init") return onRuntimeReady({ ...environment, hookless: true }, now);
  return environment.phase === "restore" ? endRestore(environment, now) : stay(environment);
}

/** Inside an invocation nothing is snapshotted: the runtime goes straight on to its hooks. */
function onRestoreNext(environment: Environment, now: number): Step {
  if (environment.phase === "init" && environment.snapStart === true) return onRuntimeReady(environment, now);
  return { environment, effects: [{ type: "restore" }] };
}

/** The runtime gave up its init: the environment does not wait for its process to end. */
function onInitFault(environment: Environment, fault: Fault, now: number): Step {
  if (environment.phase === "init") return failInit(environment, { status: "error", errorType: fault.errorType }, now);
  if (environment.phase === "busy" && environment.initInsideInvoke) return crash(environment, fault, now);
  return stay(environment);
}

function onRuntimeGone(environment: Environment, exit: RuntimeExit, now: number): Step {
  const { errorType } = crashFault("", exit);
  switch (environment.phase) {
    case "init":
      return failInit(environment, { status: "error", errorType }, now);
    case "restore":
      return failRestore(environment, { status: "error", errorType }, now);
    case "busy":
      return onExitInInvoke(environment, exit, now);
    case "idle":
      return resetIdle(environment);
    case "snapshot":
      return stopAtOnce(environment);
    default:
      // A spare's runtime died at the gate: `start-runtime` will start another.
      return stay(environment);
  }
}

/** A process of an idle environment died on its own: the next invocation starts with a suppressed init. */
function resetIdle(environment: Environment): Step {
  const cold = withProcessesGone({ ...environment, cold: true });
  return { environment: cold, effects: environment.extensions === undefined || environment.cold ? [] : [{ type: "kill-runtime" }] };
}

function onExtension(environment: Environment, event: Extended, now: number): Step {
  switch (event.type) {
    case "extension-registered":
      return onRegistered(environment, { name: event.name, external: event.external, state: "Registered", events: event.events });
    case "extension-next":
      return onExtensionNext(environment, event.name, now);
    case "extension-error":
      return stay(changeExtension(environment, event.name, { state: event.state, errorType: event.errorType }) ?? environment);
    case "extension-exit":
      return onExtensionGone(environment, event, now);
  }
}

/** The runtime starts when the last external extension has registered. */
function onRegistered(environment: Environment, extension: Extension): Step {
  const waiting = hasUnregistered(environment);
  const registered = register(environment, extension);
  return { environment: registered, effects: waiting && !hasUnregistered(registered) ? [{ type: "start-runtime" }] : [] };
}

function onExtensionNext(environment: Environment, name: string, now: number): Step {
  const ready = changeExtension(environment, name, { state: "Ready" });
  if (ready === undefined) return stay(environment);
  if (ready.phase === "init" || (ready.phase === "busy" && ready.initInsideInvoke)) return onExtensionReady(ready, now);
  return ready.phase === "busy" ? onExtensionNextInInvoke(ready, now) : stay(ready);
}

/** Without one of its extensions an environment is of no use: it is reset. */
function onExtensionGone(environment: Environment, exit: ExtensionExit, now: number): Step {
  const known = environment.extensions?.find(({ name, external }) => external && name === exit.name);
  if (known === undefined || environment.cold) return stay(environment);
  const gone = exitedExtension(known, exit);
  const changed = changeExtension(environment, exit.name, gone)!;
  const fault = extensionFault(gone, exit, environment.run?.requestId ?? "");
  switch (changed.phase) {
    case "init":
      return failInit(changed, { status: "error", errorType: fault.errorType }, now);
    case "restore":
      return failRestore(changed, { status: "error", errorType: fault.errorType }, now);
    case "busy":
      return crash(changed, fault, now);
    case "idle":
      return resetIdle(changed);
    case "snapshot":
      return stopAtOnce(changed);
    default:
      return stay(changed);
  }
}

function onDeadline(environment: Environment, key: string, now: number): Step {
  const { phase, startedAt, run } = environment;
  if (phase === "init" && key === initKey(startedAt)) return failInit(environment, { status: "timeout" }, now);
  if (phase === "restore" && key === restoreKey(startedAt)) return failRestore(environment, { status: "timeout" }, now);
  return phase === "busy" && key === run!.requestId ? onInvokeTimeout(environment, now) : stay(environment);
}

function onRetire(environment: Environment): Step {
  const { phase, run } = environment;
  const unused = phase === "spare" || phase === "idle" || phase === "snapshot" || (phase === "init" && run === undefined);
  return unused ? stop(environment) : stay({ ...environment, retiring: true });
}
