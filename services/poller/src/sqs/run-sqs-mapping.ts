/**
 * One SQS mapping at work (esm.md, section 3): long polls bring messages, filters drop some of them,
 * batches go to the function, what succeeded is deleted. Receives, invocations and deletes overlap;
 * nothing here is shared with another mapping.
 */
import { functionArn } from "@lambdock/model/arn";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import type { MappingStep } from "@lambdock/model/lifecycle";
import { batchOutcome, RESULT_OK, type BatchOutcome } from "@lambdock/polling/sqs/batch-outcome";
import { tooLarge } from "@lambdock/polling/sqs/gathering";
import { receivesWanted } from "@lambdock/polling/sqs/receives";
import type { MappingRunner, RunMapping, RunnerParts } from "../port.ts";
import { createConcurrency, type Concurrency } from "./concurrency.ts";
import { createDeleter, type Deleter } from "./deleter.ts";
import { createFifoIntake, createStandardIntake, type Intake } from "./intake.ts";
import { invokeBatch, resolve } from "./invoke-batch.ts";
import { createMessageFilter } from "./message-filter.ts";
import { createQueueClient, type QueueClient } from "./queue-client.ts";
import type { QueueMessage } from "./queue-message.ts";
import { createQueueReader, type QueueReader } from "./queue-reader.ts";

/** Starts to work an SQS mapping. */
export const runSqsMapping: RunMapping = (mapping, parts) => new SqsRunner(mapping, parts);

type Batch = readonly QueueMessage[];

/** So often more concurrency is allowed while all of it is in use. */
const GROWTH_MS = 1_000;
/** ChangeMessageVisibilityBatch takes so many [docs]. */
const PER_RELEASE = 10;

class SqsRunner implements MappingRunner {
  #mapping: EventSourceMapping;
  #filter: ReturnType<typeof createMessageFilter>;
  #result: string | undefined;
  #cancelWindow: (() => void) | undefined;
  #cancelGrowth: (() => void) | undefined;
  #stopping = false;
  readonly #parts: RunnerParts;
  readonly #client: QueueClient;
  readonly #deleter: Deleter;
  readonly #intake: Intake;
  readonly #concurrency: Concurrency;
  readonly #reader: QueueReader;
  readonly #batches = new Map<Batch, Promise<void>>();
  /** Batches that wait for another try. */
  readonly #hindered = new Set<Batch>();
  readonly #stop = new AbortController();

  constructor(mapping: EventSourceMapping, parts: RunnerParts) {
    this.#mapping = mapping;
    this.#parts = parts;
    this.#filter = createMessageFilter(mapping.settings.filters);
    this.#intake = mapping.eventSourceArn.endsWith(".fifo") ? createFifoIntake(this.#rules()) : createStandardIntake(this.#rules());
    this.#concurrency = createConcurrency(mapping.settings, parts);
    this.#client = createQueueClient(mapping.eventSourceArn, parts.endpoints.sqs);
    this.#deleter = this.#createDeleter();
    this.#reader = createQueueReader({
      client: this.#client,
      timers: parts.timers,
      random: Math.random,
      timeScale: parts.timeScale,
      mapping: () => this.#mapping,
      target: () => resolve({ directory: parts.directory, mapping: this.#mapping }),
      onMessages: (messages) => this.#receive(messages),
      onTrouble: (problem) => this.#tell(problem ?? RESULT_OK),
      onShortVisibility: (visibilitySeconds, timeoutSeconds) =>
        parts.logger.warn("the function may run for longer than the queue hides a message: messages may be handed over twice", {
          queue: mapping.eventSourceArn,
          visibilitySeconds,
          timeoutSeconds,
        }),
      onIdle: () => this.#pump(),
    });
    this.#pump();
    this.#grow();
  }

  update(mapping: EventSourceMapping): void {
    this.#mapping = mapping;
    this.#filter = createMessageFilter(mapping.settings.filters);
    this.#intake.setRules(this.#rules());
    this.#concurrency.setSettings(mapping.settings);
    this.#pump();
  }

  status(): ReturnType<MappingRunner["status"]> {
    const oldest = [this.#intake.oldestSentAt, ...[...this.#batches.keys()].map(([first]) => first?.sentAt)]
      .filter((at) => at !== undefined)
      .reduce((least, at) => Math.min(least, at), Infinity);
    return {
      batchesInFlight: this.#batches.size,
      pollers: this.#concurrency.pollers(),
      ...(oldest === Infinity ? {} : { ageMs: Math.max(0, Math.floor(this.#parts.timers.now() - oldest)) }),
      ...(this.#result === undefined ? {} : { lastResult: this.#result }),
    };
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelWindow?.();
    this.#cancelGrowth?.();
    this.#reader.close();
    this.#stop.abort();
    const released = this.#release();
    const finished = Promise.all(this.#batches.values()).then(() => Promise.all([this.#deleter.drained(), released]));
    let cancel = (): void => undefined;
    const deadline = new Promise<void>((late) => (cancel = this.#parts.timers.after(deadlineMs, late)));
    await Promise.race([finished, deadline]);
    cancel();
    this.#deleter.close();
    this.#client.close();
  }

  /** What was received and not handed over appears in the queue at once, not after its visibility timeout. Never rejects. */
  async #release(): Promise<void> {
    const waiting = this.#intake.clear().map(({ receiptHandle }) => receiptHandle);
    const calls = Array.from({ length: Math.ceil(waiting.length / PER_RELEASE) }, (_, nth) =>
      this.#client.release(waiting.slice(nth * PER_RELEASE, (nth + 1) * PER_RELEASE)),
    );
    await Promise.allSettled(calls);
  }

  #rules(): { readonly batchSize: number; readonly windowMs: number } {
    const { batchSize, maximumBatchingWindowSeconds } = this.#mapping.settings;
    return { batchSize, windowMs: (1_000 * maximumBatchingWindowSeconds) / this.#parts.timeScale };
  }

  /** Hands over what may be handed over, and receives what there is place for. */
  #pump(): void {
    if (this.#stopping) return;
    const concurrency = this.#concurrency.current();
    while (this.#batches.size < concurrency) {
      const batch = this.#intake.take(this.#parts.timers.now());
      if (batch === undefined) break;
      this.#begin(batch);
    }
    this.#awaitWindow();
    const { batchSize, maximumBatchingWindowSeconds } = this.#mapping.settings;
    this.#reader.setReceives(
      receivesWanted({
        concurrency,
        batches: this.#batches.size + this.#intake.ready,
        gathered: this.#intake.gathered,
        batchSize,
        gathers: maximumBatchingWindowSeconds > 0,
      }),
    );
  }

  /** Also while nothing ends and nothing comes in. */
  #grow(): void {
    this.#cancelGrowth = this.#parts.timers.after(GROWTH_MS / this.#parts.timeScale, () => {
      this.#concurrency.passed(this.#use());
      this.#pump();
      this.#grow();
    });
  }

  /** Of the time since it was last asked: this comes before each change of it. */
  #use(): { readonly allBusy: boolean } {
    const working = this.#batches.size - this.#hindered.size;
    return { allBusy: working + this.#intake.ready >= this.#concurrency.current() };
  }

  #awaitWindow(): void {
    this.#cancelWindow?.();
    this.#cancelWindow = undefined;
    const { dueAt } = this.#intake;
    const now = this.#parts.timers.now();
    // What is due already waits for a place, and whoever frees one comes by here.
    if (dueAt === undefined || dueAt <= now) return;
    this.#cancelWindow = this.#parts.timers.after(Math.ceil(dueAt - now), () => this.#pump());
  }

  #receive(messages: Batch): void {
    this.#concurrency.received(messages.length, this.#use());
    if (messages.length === 0) return;
    const { metrics, timers } = this.#parts;
    metrics.polled(this.#mapping, messages.length);
    this.#emit("batch-polled", messages.length);
    const { passed, dropped } = this.#filter(messages);
    if (dropped.length > 0) {
      metrics.filteredOut(this.#mapping, dropped.length);
      this.#emit("filtered", dropped.length);
      this.#deleter.add(dropped);
    }
    const large = passed.filter(tooLarge);
    if (large.length > 0) this.#refuse(large);
    this.#intake.add(large.length > 0 ? passed.filter((message) => !tooLarge(message)) : passed, timers.now());
    // What comes in while stopping goes back.
    if (this.#stopping) void this.#release();
  }

  /** No event can carry these: they stay in the queue, for its redrive policy. */
  #refuse(messages: Batch): void {
    this.#parts.metrics.failedInvoke(this.#mapping, messages.length);
    this.#emit("batch-failed", messages.length, "too large for an event");
    this.#tell(`PROBLEM: A message is too large for an event: ${messages[0]!.id}`);
  }

  #begin(batch: Batch): void {
    this.#concurrency.passed(this.#use());
    const run = this.#run(batch).finally(() => {
      this.#concurrency.passed(this.#use());
      this.#batches.delete(batch);
      this.#hindered.delete(batch);
      this.#pump();
    });
    this.#batches.set(batch, run);
  }

  async #run(batch: Batch): Promise<void> {
    const { directory, executor, timers, metrics, recursionConfigs } = this.#parts;
    const mapping = this.#mapping;
    this.#emit("batch-invoked", batch.length);
    metrics.invoked(mapping, batch.length);
    const invocation = await invokeBatch(batch, {
      mapping,
      directory,
      executor,
      timers,
      random: Math.random,
      recursionConfigs,
      onLoop: () => this.#dropRecursion(mapping),
      onSetback: (problem) => {
        this.#concurrency.throttled();
        this.#hindered.add(batch);
        if (problem !== undefined) this.#tell(problem);
      },
      signal: this.#stop.signal,
    });
    const ids = batch.map(({ id }) => id);
    this.#settle(batch, batchOutcome(invocation, { ids, reportBatchItemFailures: mapping.settings.reportBatchItemFailures }));
  }

  #dropRecursion(mapping: EventSourceMapping): void {
    const { metrics, lifecycle, timers } = this.#parts;
    metrics.recursionDropped(mapping);
    const { functionName: name, qualifier } = mapping;
    const arn = functionArn({ ...mapping, name });
    lifecycle.emit({ type: "recursion-dropped", at: timers.now(), functionArn: arn, ...(qualifier === undefined ? {} : { qualifier }) });
  }

  #settle(batch: Batch, outcome: BatchOutcome): void {
    const left = new Set(outcome.failed);
    const failed = left.size === 0 ? [] : batch.filter(({ id }) => left.has(id));
    const succeeded = failed.length === 0 ? batch : batch.filter(({ id }) => !left.has(id));
    this.#deleter.add(succeeded, (messages) => this.#parts.metrics.deleted(this.#mapping, messages));
    this.#intake.finish(batch, failed);
    if (outcome.functionFailed) this.#concurrency.failed();
    if (failed.length > 0) this.#parts.metrics.failedInvoke(this.#mapping, failed.length);
    if (outcome.succeeded.length > 0) this.#emit("batch-succeeded", outcome.succeeded.length);
    if (failed.length > 0) this.#emit("batch-failed", failed.length, outcome.reason ?? outcome.result);
    this.#tell(outcome.result);
  }

  #createDeleter(): Deleter {
    const { timers, logger } = this.#parts;
    return createDeleter({
      client: this.#client,
      timers,
      random: Math.random,
      onGivenUp: (messages, error) =>
        logger.warn("messages that were done with could not be deleted: they will be handed over again", {
          uuid: this.#mapping.uuid,
          messages,
          cause: error,
        }),
    });
  }

  #tell(result: string): void {
    if (this.#result === result) return;
    this.#result = result;
    this.#parts.onResult(result);
  }

  #emit(step: MappingStep, records: number, reason?: string): void {
    const { uuid, eventSourceArn, functionName, qualifier, accountId, region } = this.#mapping;
    this.#parts.lifecycle.emit({
      type: "mapping",
      at: this.#parts.timers.now(),
      uuid,
      functionArn: functionArn({ accountId, region, name: functionName }, qualifier),
      eventSourceArn,
      step,
      records,
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
