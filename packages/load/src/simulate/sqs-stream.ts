/** A queue and its event source mapping in virtual time: the poller's own decisions (packages/polling) on messages in memory. */
import { backoffMs } from "@lambdock/polling/backoff";
import { batchOutcome, type BatchInvocation } from "@lambdock/polling/sqs/batch-outcome";
import { gather, type BatchRules, type OpenBatch } from "@lambdock/polling/sqs/gathering";
import { MESSAGES_PER_RECEIVE, receivesWanted } from "@lambdock/polling/sqs/receives";
import {
  concurrencyOf,
  initialScaling,
  onFunctionError,
  onReceived,
  onThrottle,
  onTime,
  scalingRules,
  type Scaling,
  type ScalingMoment,
  type ScalingRules,
} from "@lambdock/polling/sqs/scaling";
import type { MappingStep } from "@lambdock/model/lifecycle";
import type { SqsSource } from "../scenario/scenario.ts";
import { createFifo } from "./fifo.ts";
import { failsThisTime, type Draw, type StreamContext } from "./stream-context.ts";
import type { Take } from "./sync-stream.ts";

interface Message {
  readonly id: string;
  readonly bytes: number;
  readonly sentAt: number;
  readonly drawn: Draw;
  /** Nobody else gets it before. */
  visibleAt: number;
}

type Batch = readonly Message[];

interface Poll {
  cancelEnd: () => void;
}

/** A receive that finds something takes so long. */
const RECEIVE_MS = 2;
const LONG_POLL_MS = 20_000;
/** Between tries of a batch that was throttled, as the poller has it. */
const RETRY = { firstMs: 100, mostMs: 10_000 };
const GROWTH_MS = 1_000;
const MESSAGE_BYTES = 400;

/** Messages sent to the queue of one mapping. */
export function sqsStream(context: StreamContext, source: SqsSource): Take {
  const mapping = new VirtualQueueMapping(context, source);
  return () => mapping.send();
}

class VirtualQueueMapping {
  readonly #context: StreamContext;
  readonly #source: SqsSource;
  readonly #rules: ScalingRules;
  readonly #batchRules: BatchRules;
  readonly #visible = createFifo<Message>();
  readonly #ready = createFifo<Batch>();
  readonly #hindered = new Set<Batch>();
  readonly #working = new Set<Batch>();
  /** Long polls that wait for a message, the longest waiting first. */
  readonly #polls = new Set<Poll>();
  #open: OpenBatch<Message> | undefined;
  #scaling: Scaling;
  #receiving = 0;

  constructor(context: StreamContext, source: SqsSource) {
    const { limits, time } = context;
    this.#context = context;
    this.#source = source;
    const { maximumConcurrency } = source;
    this.#rules = scalingRules({ reportBatchItemFailures: false, ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }) });
    this.#batchRules = { batchSize: source.batchSize, windowMs: (1_000 * source.batchWindowSeconds) / limits.timeScale };
    this.#scaling = initialScaling(this.#rules, this.#moment().now);
    time.every(GROWTH_MS / limits.timeScale, () => {
      this.#passed();
      this.#tellAge();
      this.#pump();
    });
    this.#pump();
  }

  send(): void {
    const { time, newRequestId, draw } = this.#context;
    this.#visible.push({ id: newRequestId(), bytes: MESSAGE_BYTES, sentAt: time.now, visibleAt: 0, drawn: draw() });
    this.#wakePoll();
  }

  #moment(): ScalingMoment {
    const { time, limits } = this.#context;
    return { now: time.now * limits.timeScale, rules: this.#rules };
  }

  #passed(): void {
    this.#scaling = onTime(this.#scaling, { ...this.#moment(), allBusy: this.#allBusy });
  }

  get #allBusy(): boolean {
    return this.#working.size - this.#hindered.size + this.#ready.length >= concurrencyOf(this.#scaling);
  }

  /** Hands over what may be handed over, and receives what there is place for. */
  #pump(): void {
    const concurrency = concurrencyOf(this.#scaling);
    while (this.#working.size < concurrency) {
      const batch = this.#take();
      if (batch === undefined) break;
      this.#begin(batch);
    }
    const wanted = receivesWanted({
      concurrency,
      batches: this.#working.size + this.#ready.length,
      gathered: this.#open?.messages.length ?? 0,
      batchSize: this.#source.batchSize,
      gathers: this.#source.batchWindowSeconds > 0,
    });
    while (this.#receiving < wanted) this.#poll();
  }

  #take(): Batch | undefined {
    const { now } = this.#context.time;
    if (this.#ready.length === 0 && this.#open !== undefined && this.#open.dueAt <= now) this.#gather([]);
    return this.#ready.shift();
  }

  #gather(arrived: Batch): void {
    const gathered = gather(this.#open, arrived, { rules: this.#batchRules, now: this.#context.time.now });
    for (const batch of gathered.closed) this.#ready.push(batch);
    const dueBefore = this.#open?.dueAt;
    this.#open = gathered.open;
    const { time } = this.#context;
    if (this.#open !== undefined && this.#open.dueAt !== dueBefore)
      time.after(Math.max(0, this.#open.dueAt - time.now), () => this.#pump());
  }

  /** A receive: at once when there are messages, else when one comes or the long poll is over. */
  #poll(): void {
    const { time } = this.#context;
    this.#receiving += 1;
    if (this.#visible.length > 0) {
      time.after(RECEIVE_MS, () => this.#received());
      return;
    }
    const poll: Poll = { cancelEnd: () => undefined };
    poll.cancelEnd = time.aside(LONG_POLL_MS, () => {
      this.#polls.delete(poll);
      this.#received();
    });
    this.#polls.add(poll);
  }

  #wakePoll(): void {
    const { time } = this.#context;
    const [poll] = this.#polls;
    if (poll === undefined) return;
    this.#polls.delete(poll);
    poll.cancelEnd();
    time.after(RECEIVE_MS, () => this.#received());
  }

  #received(): void {
    const { time } = this.#context;
    this.#receiving -= 1;
    const most = Math.min(MESSAGES_PER_RECEIVE, this.#source.batchSize);
    const messages: Message[] = [];
    while (messages.length < most) {
      const message = this.#visible.shift();
      if (message === undefined) break;
      message.visibleAt = time.now + this.#source.visibilitySeconds * 1_000;
      messages.push(message);
    }
    this.#scaling = onReceived(this.#scaling, messages.length, { ...this.#moment(), allBusy: this.#allBusy });
    if (messages.length > 0) {
      this.#emit("batch-polled", messages.length);
      this.#gather(messages);
    }
    this.#pump();
  }

  #begin(batch: Batch): void {
    this.#passed();
    this.#working.add(batch);
    this.#emit("batch-invoked", batch.length);
    this.#try(batch, 0);
  }

  #try(batch: Batch, attempt: number): void {
    const { executor, group, newRequestId, time, random } = this.#context;
    // One invocation for the batch: the work on its messages happens together.
    const durationMs = batch.reduce((longest, { drawn }) => Math.max(longest, drawn.durationMs), 0);
    const fails = failsThisTime(this.#context);
    const options = { event: true, ...(group.qualifier === undefined ? {} : { qualifier: group.qualifier }) };
    executor.invoke(
      group,
      {
        requestId: newRequestId(),
        durationMs,
        fails,
        done: (outcome) => {
          if (outcome !== "throttled") return this.#ended(batch, { kind: "ran", functionError: outcome === "error", answer: "null" });
          this.#scaling = onThrottle(this.#scaling, this.#moment());
          this.#hindered.add(batch);
          const delayMs = backoffMs(attempt, RETRY, random());
          const until = batch.reduce((least, { visibleAt }) => Math.min(least, visibleAt), Infinity);
          if (time.now + delayMs >= until) this.#ended(batch, { kind: "not-run", reason: "The function was throttled" });
          else time.after(delayMs, () => this.#try(batch, attempt + 1));
        },
      },
      options,
    );
  }

  #ended(batch: Batch, invocation: BatchInvocation): void {
    const { recorder, index, time } = this.#context;
    const outcome = batchOutcome(invocation, { ids: batch.map(({ id }) => id), reportBatchItemFailures: false });
    this.#passed();
    this.#working.delete(batch);
    this.#hindered.delete(batch);
    if (outcome.functionFailed) this.#scaling = onFunctionError(this.#scaling, this.#moment());
    const failed = new Set(outcome.failed);
    for (const message of batch) {
      if (failed.has(message.id)) this.#comesBack(message);
      else recorder.messageDone(index, message.sentAt, time.now);
    }
    if (outcome.succeeded.length > 0) this.#emit("batch-succeeded", outcome.succeeded.length);
    if (failed.size > 0) this.#emit("batch-failed", failed.size);
    this.#pump();
  }

  #comesBack(message: Message): void {
    const { time } = this.#context;
    time.after(Math.max(0, message.visibleAt - time.now), () => {
      this.#visible.push(message);
      this.#wakePoll();
    });
  }

  #tellAge(): void {
    const { recorder, index, time } = this.#context;
    const oldest = [this.#visible.first, this.#ready.first?.[0], this.#open?.messages[0], ...[...this.#working].map(([first]) => first)]
      .flatMap((message) => (message === undefined ? [] : [message.sentAt]))
      .reduce((least, at) => Math.min(least, at), Infinity);
    recorder.age(index, time.now, oldest === Infinity ? 0 : time.now - oldest);
  }

  #emit(step: MappingStep, records: number): void {
    const { lifecycle, time, group } = this.#context;
    const eventSourceArn = `arn:aws:sqs:us-east-1:000000000000:${group.settings.name}`;
    lifecycle.emit({ type: "mapping", at: time.now, uuid: "sqs", functionArn: group.functionArn, eventSourceArn, step, records });
  }
}
