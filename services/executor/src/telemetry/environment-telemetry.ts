import type { Environment } from "@lambdock/fleet/environment-state";
import type { Effect, EnvironmentEvent } from "@lambdock/fleet/environment-protocol";
import type { Timers } from "@lambdock/kernel/clock";
import type { PlatformLine, RunStatus } from "@lambdock/model/platform-log";
import type { ActiveRun } from "../environments/active-run.ts";
import type { LogTap } from "../environments/log-writer.ts";
import { createReceiver } from "./destination.ts";
import { RunWatch } from "./run-watch.ts";
import { Subscriber } from "./subscriber.ts";
import type { Subscription } from "./subscription.ts";
import { categoryOf, wordFact, type TelemetryContext, type TelemetryFact } from "./telemetry-event.ts";

/** What happened before an extension subscribed is kept for it, up to so many facts. */
const BACKLOG_MAX = 1_000;
/** And so many characters of output. */
const BACKLOG_TEXT_MAX = 1_048_576;

/** What an environment's telemetry is made of. */
export interface EnvironmentTelemetryParts {
  readonly context: TelemetryContext;
  readonly timers: Timers;
}

/**
 * The telemetry of one environment: hears what happens in it, keeps that for those who may still
 * subscribe while it initializes, and hands it to its subscribers. Once init is over and nobody has
 * subscribed it hears nothing any more: `active` is false, and nobody needs to tell it.
 */
export class EnvironmentTelemetry implements LogTap {
  readonly #parts: EnvironmentTelemetryParts;
  readonly #subscribers = new Map<string, { readonly subscription: Subscription; readonly subscriber: Subscriber }>();
  #backlog: TelemetryFact[] = [];
  #backlogText = 0;
  #open = true;
  #run: RunWatch | undefined;
  #traceId = "";
  /** The init that is under way. */
  #init: { readonly startAt: number; readonly phase: "init" | "invoke"; runtimeDone: boolean } | undefined;
  /** As logged for the first init; later ones are not logged but told all the same. */
  #initStart: PlatformLine | undefined;

  constructor(parts: EnvironmentTelemetryParts) {
    this.#parts = parts;
  }

  /** Whether anybody listens or may begin to. */
  get active(): boolean {
    return this.#open || this.#subscribers.size > 0;
  }

  /** Extensions may subscribe: the environment initializes. */
  get open(): boolean {
    return this.#open;
  }

  /** A batch is on its way to a subscriber. */
  get busy(): boolean {
    for (const { subscriber } of this.#subscribers.values()) if (subscriber.busy) return true;
    return false;
  }

  /** In place of what the extension subscribed to before. `address`: where the sandbox's servers are. */
  subscribe(name: string, subscription: Subscription, address: string): void {
    const { timers } = this.#parts;
    this.#subscribers.get(name)?.subscriber.close();
    const subscriber = new Subscriber({
      buffering: subscription.buffering,
      receiver: createReceiver(subscription.destination, address),
      timers,
      tellDropped: ({ records, bytes }) =>
        this.#word({ kind: "dropped", at: timers.now(), droppedRecords: records, droppedBytes: bytes }, subscription),
    });
    for (const fact of this.#backlog) push(subscriber, this.#word(fact, subscription));
    this.#subscribers.set(name, { subscription, subscriber });
    this.#tell({ kind: "subscription", at: timers.now(), name, types: subscription.types });
  }

  /** A line of the platform's own log. */
  onLine(line: PlatformLine, at: number): void {
    switch (line.type) {
      case "init-start":
        this.#initStart = line;
        this.#beginInit(at, "init");
        return;
      case "init-report":
        this.#initRuntimeDone(at, line.status, line.errorType);
        break;
      case "restore-report":
        if (line.status !== "success") this.#tell(restoreDone(at, line.status, line.errorType));
        break;
      case "start":
        if (this.#open) this.#forget(); // a run that follows a reset: what was before is nobody's
        this.#run = new RunWatch(line.requestId, at, this.#traceId);
        this.#tell({ kind: "line", at, line, ...(this.#run.tracing === undefined ? {} : { tracing: this.#run.tracing }) });
        return;
      case "end":
        return; // told with the report, which knows how the run ended
      case "report":
        for (const fact of this.#run?.reported(at, line) ?? []) this.#tell(fact);
        this.#run = undefined;
        return;
      default:
        break;
    }
    this.#tell({ kind: "line", at, line });
  }

  /** One message of a process. */
  onOutput(text: string, at: number, source: "function" | "extension"): void {
    this.#tell({ kind: "output", at, source, text: text.endsWith("\n") ? text.slice(0, -1) : text });
  }

  /** The first byte of a streamed response arrived. */
  onStream(at: number): void {
    this.#run?.responding(at);
  }

  /** An event is about to step the environment, which is as it was before. */
  onEvent(before: Environment, event: EnvironmentEvent, { at, run }: { readonly at: number; readonly run: ActiveRun | undefined }): void {
    switch (event.type) {
      case "assign":
        this.#traceId = run?.request.traceId ?? "";
        return;
      case "runtime-answer":
        this.#run?.responded(at, event.ending.kind === "function-error" ? event.ending.payload.byteLength : run?.producedBytes);
        return;
      case "init-error":
        this.#initRuntimeDone(at, "error", event.errorType);
        return;
      case "runtime-next":
      case "restore-next":
        this.#onReady(before, at);
        return;
      default:
        return;
    }
  }

  /** The runtime asks for its next event, with which it says that it is done with something. */
  #onReady(before: Environment, at: number): void {
    if (before.phase === "init" || before.initInsideInvoke) this.#initRuntimeDone(at, "success");
    else if (before.phase === "restore") this.#tell(restoreDone(at, "success"));
    else if (before.phase === "busy" && before.answered !== undefined)
      this.#runDone(at, before.answered.kind === "success" ? "success" : "failure");
  }

  /** An effect of the environment is being performed. */
  onEffect(effect: Effect, at: number): void {
    switch (effect.type) {
      case "start-extensions":
      case "start-runtime":
        if (this.#init === undefined && this.#initStart !== undefined) this.#beginInit(at, "invoke");
        return;
      case "init-ended":
        this.#endInit(at);
        return;
      case "shut-down":
        for (const { subscriber } of this.#subscribers.values()) subscriber.flush();
        return;
      case "kill-runtime":
        this.#reset();
        return;
      default:
        return;
    }
  }

  /** The environment is about to be frozen. */
  pause(): void {
    for (const { subscriber } of this.#subscribers.values()) subscriber.pause();
  }

  /** The environment goes on. */
  resume(): void {
    for (const { subscriber } of this.#subscribers.values()) subscriber.resume();
  }

  close(): void {
    for (const { subscriber } of this.#subscribers.values()) subscriber.close();
    this.#subscribers.clear();
    this.#forget();
    this.#open = false;
  }

  /** Whoever subscribed is gone; who is started next may subscribe again. */
  #reset(): void {
    this.close();
    this.#open = true;
    this.#init = undefined;
  }

  #beginInit(at: number, phase: "init" | "invoke"): void {
    this.#init = { startAt: at, phase, runtimeDone: false };
    this.#tell({ kind: "line", at, line: this.#initStart!, phase });
  }

  #initRuntimeDone(at: number, status: RunStatus, errorType?: string): void {
    const init = this.#init;
    if (init === undefined || init.runtimeDone) return;
    init.runtimeDone = true;
    this.#tell({ kind: "init-runtime-done", at, phase: init.phase, status, ...(errorType === undefined ? {} : { errorType }) });
  }

  /** Of an init that went well CloudWatch is told only where nobody waited for it; then the line comes by itself. */
  #endInit(at: number): void {
    const init = this.#init;
    if (init !== undefined && (init.phase === "invoke" || this.#parts.context.initializationType === "on-demand")) {
      const line: PlatformLine = { type: "init-report", durationMs: at - init.startAt, phase: init.phase, status: "success" };
      this.#tell({ kind: "line", at, line });
    }
    this.#open = false;
    this.#forget();
  }

  #runDone(at: number, status: RunStatus): void {
    const done = this.#run?.done(at, { status });
    if (done !== undefined) this.#tell(done);
  }

  #tell(fact: TelemetryFact): void {
    if (this.#open) this.#keep(fact);
    for (const { subscription, subscriber } of this.#subscribers.values()) push(subscriber, this.#word(fact, subscription));
  }

  #keep(fact: TelemetryFact): void {
    this.#backlogText += fact.kind === "output" ? fact.text.length : 0;
    if (this.#backlog.length < BACKLOG_MAX && this.#backlogText <= BACKLOG_TEXT_MAX) this.#backlog.push(fact);
  }

  #forget(): void {
    this.#backlog = [];
    this.#backlogText = 0;
  }

  #word(fact: TelemetryFact, subscription: Subscription): string | undefined {
    return subscription.types.includes(categoryOf(fact)) ? wordFact(fact, subscription, this.#parts.context) : undefined;
  }
}

function push(subscriber: Subscriber, document: string | undefined): void {
  if (document !== undefined) subscriber.push(document);
}

function restoreDone(at: number, status: RunStatus, errorType?: string): TelemetryFact {
  return { kind: "restore-runtime-done", at, status, ...(errorType === undefined ? {} : { errorType }) };
}
