/**
 * Turns what clients and the lifecycle stream tell into series and totals, as it comes: nothing is
 * kept per request but what is still under way. Real and simulated runs go through the same.
 */
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { FunctionRecorder, type Ending, type FunctionFacts } from "./function-recorder.ts";
import { RESULT_FORMAT, type RunResult } from "./run-result.ts";
import { Gauge } from "./series.ts";

export interface RunFacts {
  readonly kind: RunResult["kind"];
  readonly name: string;
  readonly description?: string;
  readonly seed: number;
  readonly where: string;
  /** Epoch milliseconds of the begin, in the clock of the lifecycle events. */
  readonly startedAt: number;
  readonly intervalMs: number;
  readonly accountConcurrency: number;
  readonly functions: readonly FunctionFacts[];
}

/** One request's end, as whoever sent it saw it. Milliseconds from the begin. */
export interface Answer {
  readonly ending: Ending;
  readonly intendedMs: number;
  readonly atMs: number;
}

/** Records one run. Functions are known by their place in {@link RunFacts}. */
export class Recorder {
  readonly functions: readonly FunctionRecorder[];
  readonly #facts: RunFacts;
  readonly #byName = new Map<string, number>();
  readonly #byArn = new Map<string, number>();
  readonly #concurrency: Gauge;
  readonly #unreserved: Gauge;
  readonly #environments: Gauge;
  readonly #unreservedLimit: number;
  /** Environments that are alive, by id: the function's place. */
  readonly #alive = new Map<string, number>();
  /** Invocations that the stream told of the begin of, and not yet of the end. */
  readonly #running = new Set<string>();
  /** Asynchronous events by request id: when they were due. */
  readonly #events = new Map<string, number>();
  /** Ends that came before the sender knew the request id. */
  readonly #early = new Map<string, Answer>();
  readonly #notes: string[] = [];
  #aboveAccount = 0;
  #lastMs = 0;

  constructor(facts: RunFacts) {
    this.#facts = facts;
    this.functions = facts.functions.map((each) => new FunctionRecorder(each, facts.intervalMs));
    facts.functions.forEach(({ name }, index) => this.#byName.set(name, index));
    this.#concurrency = new Gauge(facts.intervalMs);
    this.#unreserved = new Gauge(facts.intervalMs);
    this.#environments = new Gauge(facts.intervalMs);
    const claimed = facts.functions.reduce((sum, { reserved, provisioned }) => sum + (reserved ?? provisioned ?? 0), 0);
    this.#unreservedLimit = facts.accountConcurrency - claimed;
  }

  /** A request is due, whether or not it can be sent in time. */
  offered(index: number, intendedMs: number, count = 1): void {
    const recorder = this.functions[index]!;
    recorder.offered.add(recorder.intervalOf(intendedMs), count);
    this.#reach(intendedMs);
  }

  answered(index: number, { ending, intendedMs, atMs }: Answer): void {
    this.functions[index]!.answered(ending, intendedMs, atMs);
    this.#reach(atMs);
  }

  /** An event was accepted (202): its end is told by the stream. */
  accepted(index: number, requestId: string, intendedMs: number): void {
    const early = this.#early.get(requestId);
    if (early === undefined) this.#events.set(requestId, intendedMs);
    else {
      this.#early.delete(requestId);
      this.answered(index, { ...early, intendedMs });
    }
  }

  /** Messages of a source whose function is done with them. */
  processed(index: number, atMs: number, counts: { readonly served: number; readonly errors: number }): void {
    const recorder = this.functions[index]!;
    const interval = recorder.intervalOf(atMs);
    if (counts.served > 0) recorder.served.add(interval, counts.served);
    if (counts.errors > 0) recorder.errors.add(interval, counts.errors);
    this.#reach(atMs);
  }

  /** The oldest of what waits for the function. */
  age(index: number, atMs: number, ageMs: number): void {
    this.functions[index]!.age(atMs, ageMs);
  }

  /** A message of a source is done, in a run that can follow each; its count comes with its batch. */
  messageDone(index: number, intendedMs: number, atMs: number): void {
    this.functions[index]!.latency(intendedMs, atMs);
  }

  note(sentence: string): void {
    if (!this.#notes.includes(sentence)) this.#notes.push(sentence);
  }

  /** Asynchronous events of which the end was not told. */
  get openEvents(): number {
    return this.#events.size;
  }

  /** Invocations that the stream says are running. */
  get running(): number {
    return this.#running.size;
  }

  lifecycle(event: LifecycleEvent): void {
    const atMs = event.at - this.#facts.startedAt;
    if (event.type === "executor") return this.#executorStarted(atMs);
    const index = this.#functionOf(event.functionArn);
    if (index === undefined) return;
    switch (event.type) {
      case "invocation-start":
        return this.#start(index, event, atMs);
      case "invocation-end":
        return this.#end(index, event, atMs);
      case "environment":
        if (event.state === "creating") this.#appears(index, event.environmentId, atMs);
        else if (event.state === "stopped") this.#disappears(event.environmentId, atMs);
        return;
      case "throttle":
        this.#reach(atMs);
        return this.functions[index]!.throttle(event.reason, atMs);
      case "async-event":
        if (event.ageMs !== undefined) this.age(index, atMs, event.ageMs);
        // A dropped event is over, whoever is told of it afterwards and whether that works.
        if (event.state === "succeeded" || event.state === "dropped") this.#asyncEnd(index, event, atMs);
        return;
      case "mapping":
        if (event.step === "batch-succeeded") this.processed(index, atMs, { served: event.records ?? 0, errors: 0 });
        if (event.iteratorAgeMs !== undefined) this.age(index, atMs, event.iteratorAgeMs);
        if (event.step === "discarded") this.processed(index, atMs, { served: 0, errors: event.records ?? 0 });
        return;
      default:
    }
  }

  #start(index: number, event: Extract<LifecycleEvent, { type: "invocation-start" }>, atMs: number): void {
    const recorder = this.functions[index]!;
    const interval = recorder.intervalOf(atMs);
    recorder.starts += 1;
    if (event.cold) recorder.coldStarts.add(interval);
    if (event.provisioned === true) recorder.provisionedStarts.add(interval);
    if (event.spillover === true) recorder.spillovers.add(interval);
    this.#running.add(event.requestId);
    this.#reach(atMs);
    this.#appears(index, event.environmentId, atMs);
    this.#changeRunning(index, 1, atMs);
    const { reserved } = recorder.facts;
    if (reserved !== undefined && recorder.concurrency.value > reserved) recorder.aboveLimit += 1;
    if (this.#concurrency.value > this.#facts.accountConcurrency) this.#aboveAccount += 1;
  }

  #end(index: number, event: Extract<LifecycleEvent, { type: "invocation-end" }>, atMs: number): void {
    // What began before the run counts for nothing.
    if (!this.#running.delete(event.requestId)) return;
    const recorder = this.functions[index]!;
    recorder.ends += 1;
    recorder.durations.record(event.durationMs);
    if (event.initMs !== undefined) recorder.inits.record(event.initMs);
    this.#changeRunning(index, -1, atMs);
    this.#reach(atMs);
  }

  #changeRunning(index: number, amount: number, atMs: number): void {
    const recorder = this.functions[index]!;
    recorder.concurrency.change(amount, atMs);
    this.#concurrency.change(amount, atMs);
    if (recorder.facts.reserved === undefined) this.#unreserved.change(amount, atMs);
  }

  #appears(index: number, environmentId: string, atMs: number): void {
    if (this.#alive.has(environmentId)) return;
    this.#alive.set(environmentId, index);
    this.functions[index]!.environments.change(1, atMs);
    this.#environments.change(1, atMs);
  }

  #disappears(environmentId: string, atMs: number): void {
    const index = this.#alive.get(environmentId);
    if (index === undefined) return;
    this.#alive.delete(environmentId);
    this.functions[index]!.environments.change(-1, atMs);
    this.#environments.change(-1, atMs);
  }

  /** Of what ran in the one before nothing is left. */
  #executorStarted(atMs: number): void {
    if (this.#alive.size > 0) this.note("An executor started anew during the run: what ran in the one before was cut.");
    for (const id of [...this.#alive.keys()]) this.#disappears(id, atMs);
    this.#running.clear();
    this.functions.forEach(({ concurrency }, index) => this.#changeRunning(index, -concurrency.value, atMs));
  }

  #asyncEnd(index: number, event: Extract<LifecycleEvent, { type: "async-event" }>, atMs: number): void {
    const ending = event.state === "succeeded" ? "served" : "error";
    const intendedMs = this.#events.get(event.requestId);
    if (intendedMs === undefined) {
      this.#early.set(event.requestId, { ending, intendedMs: atMs, atMs });
      return;
    }
    this.#events.delete(event.requestId);
    this.answered(index, { ending, intendedMs, atMs });
  }

  /** The function's place; `undefined` for one that the scenario does not name. */
  #functionOf(functionArn: string): number | undefined {
    const known = this.#byArn.get(functionArn);
    if (known !== undefined) return known;
    const found = this.#byName.get(functionArn.split(":")[6] ?? "");
    if (found !== undefined) this.#byArn.set(functionArn, found);
    return found;
  }

  #reach(atMs: number): void {
    if (atMs > this.#lastMs) this.#lastMs = atMs;
  }

  /** The result, once nothing more is told. */
  finish(): RunResult {
    const { intervalMs, startedAt, kind, name, description, seed, where, accountConcurrency } = this.#facts;
    for (const gauge of [this.#concurrency, this.#unreserved, this.#environments]) gauge.passTo(this.#lastMs);
    for (const each of this.functions) for (const gauge of [each.concurrency, each.environments]) gauge.passTo(this.#lastMs);
    const intervals = Math.max(1, Math.floor(this.#lastMs / intervalMs) + 1, ...this.functions.map((each) => each.intervals));
    return {
      format: RESULT_FORMAT,
      kind,
      name,
      ...(description === undefined ? {} : { description }),
      seed,
      startedAt,
      lengthMs: Math.round(this.#lastMs),
      intervalMs,
      intervals,
      where,
      account: {
        concurrencyLimit: accountConcurrency,
        unreservedLimit: this.#unreservedLimit,
        concurrency: this.#concurrency.toSeries(intervals),
        unreserved: this.#unreserved.toSeries(intervals),
        environments: this.#environments.toSeries(intervals),
        aboveLimit: this.#aboveAccount,
      },
      functions: this.functions.map((each) => each.toResult(intervals)),
      notes: this.#notes,
    };
  }
}
