/** Asynchronous events in virtual time: the queue's own decisions (packages/async-invoke) on a queue in memory. */
import { DEFAULT_RETRY_POLICY, type AsyncEvent, type Attempt } from "@lambdock/async-invoke/async-event";
import { adjustDispatch, INITIAL_DISPATCH_LIMIT } from "@lambdock/async-invoke/dispatch-limit";
import { expired, judge } from "@lambdock/async-invoke/retry";
import type { InvokeOptions } from "@lambdock/fleet/fleet-protocol";
import type { AsyncEventState } from "@lambdock/model/lifecycle";
import { failsThisTime, type Draw, type StreamContext } from "./stream-context.ts";
import type { Take } from "./sync-stream.ts";
import type { RunOutcome } from "./virtual-environment.ts";
import { createFifo } from "./fifo.ts";

interface Waiting {
  readonly event: AsyncEvent;
  readonly drawn: Draw;
}

/** Events of one function. */
export function asyncStream(context: StreamContext): Take {
  const queue = new VirtualEventQueue(context);
  return () => queue.accept();
}

class VirtualEventQueue {
  readonly #context: StreamContext;
  readonly #options: InvokeOptions;
  readonly #waiting = createFifo<Waiting>();
  #limit = INITIAL_DISPATCH_LIMIT;
  #underway = 0;

  constructor(context: StreamContext) {
    const { qualifier } = context.group;
    this.#context = context;
    this.#options = { event: true, ...(qualifier === undefined ? {} : { qualifier }) };
  }

  accept(): void {
    const { time, recorder, index, group, newRequestId, draw } = this.#context;
    const event: AsyncEvent = {
      requestId: newRequestId(),
      accountId: "000000000000",
      region: "us-east-1",
      functionName: group.settings.name,
      qualifier: group.qualifier ?? "$LATEST",
      functionArn: group.functionArn,
      invokedFunctionArn: group.functionArn,
      payload: "",
      traceId: "",
      acceptedAt: time.now,
      attempts: 0,
      setbacks: 0,
    };
    recorder.accepted(index, event.requestId, time.now);
    this.#tell(event, "queued");
    this.#waiting.push({ event, drawn: draw() });
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#underway < this.#limit.limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#try(next);
    }
  }

  #ageOf(event: AsyncEvent): number {
    const { time, limits } = this.#context;
    return (time.now - event.acceptedAt) * limits.timeScale;
  }

  #try(item: Waiting): void {
    const { executor, group } = this.#context;
    const { event, drawn } = item;
    if (expired(DEFAULT_RETRY_POLICY, this.#ageOf(event))) return this.#drop(event);
    this.#tell(event, "attempt", { ageMs: this.#ageOf(event) });
    this.#underway += 1;
    const run = {
      durationMs: drawn.durationMs,
      fails: failsThisTime(this.#context),
      requestId: event.requestId,
      done: (outcome: RunOutcome, waitedMs: number) => this.#ended(item, outcome, waitedMs),
    };
    executor.invoke(group, run, this.#options);
  }

  #ended({ event, drawn }: Waiting, outcome: RunOutcome, waitedMs: number): void {
    const { time, limits, random } = this.#context;
    const room = outcome === "throttled" ? outcome : { waitedMs, underWay: this.#underway };
    this.#limit = adjustDispatch(this.#limit, room, limits.asyncDispatch);
    this.#underway -= 1;
    const attempt = this.#attemptOf(outcome);
    const verdict = judge(event, attempt, { policy: DEFAULT_RETRY_POLICY, ageMs: this.#ageOf(event), random: random() });
    if (verdict.kind === "ended") {
      if (verdict.condition === "Success") this.#tell(verdict.event, "succeeded");
      else this.#drop(verdict.event);
    } else {
      const delayMs = verdict.delayMs / limits.timeScale;
      this.#tell(verdict.event, "retry");
      time.after(delayMs, () => {
        this.#waiting.push({ event: verdict.event, drawn });
        this.#dispatch();
      });
    }
    // Not from within: throttles answer at once, and a deep queue would be a deep stack.
    if (this.#underway < this.#limit.limit && this.#waiting.length > 0) time.after(0, () => this.#dispatch());
  }

  #attemptOf(outcome: RunOutcome): Attempt {
    if (outcome === "success") return { kind: "success", executedVersion: this.#context.group.version, payload: "" };
    if (outcome === "error") return { kind: "function-error", executedVersion: this.#context.group.version, payload: "" };
    return this.#context.group.settings.reserved === 0 ? { kind: "zero-concurrency" } : { kind: "throttled", reason: "" };
  }

  /** Nobody hears of its end: it stays among the dead. */
  #drop(event: AsyncEvent): void {
    this.#tell(event, "dropped");
    this.#tell(event, "dead");
  }

  #tell(event: AsyncEvent, state: AsyncEventState, more: { readonly ageMs?: number } = {}): void {
    const { lifecycle, time } = this.#context;
    const { functionArn, qualifier, requestId, attempts } = event;
    lifecycle.emit({ type: "async-event", at: time.now, functionArn, qualifier, requestId, state, attempts, ...more });
  }
}
