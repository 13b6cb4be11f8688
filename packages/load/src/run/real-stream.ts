/** Feeds one stream of requests to an endpoint, and tells the recorder what came of each. */
import type { Recorder } from "../measuring/recorder.ts";
import type { Draw } from "../simulate/stream-context.ts";
import type { ScenarioFunction, Traffic } from "../scenario/scenario.ts";
import type { Deployed } from "./deploy.ts";
import { invocationPath, type InvokeClient, type Reply } from "./invoke-client.ts";
import { decidedPayload, repeatablePayload } from "./modelled-function.ts";
import type { SourceSender } from "./sources.ts";

export interface RealStreamOptions {
  readonly traffic: Traffic;
  readonly settings: ScenarioFunction;
  readonly deployed: Deployed;
  /** The function's place in the scenario. */
  readonly index: number;
  readonly draw: () => Draw;
  readonly recorder: Recorder;
  readonly client: InvokeClient;
  /** For queues and streams. */
  readonly sender?: SourceSender;
  /** Milliseconds since the begin. */
  readonly now: () => number;
  /** Told of requests without an answer: `to NAME had no answer: …`. */
  readonly onProblem: (problem: string, count: number) => void;
}

/** A stream at work. */
export interface RealStream {
  due(intendedMs: number): void;
  /** Sends what was gathered. */
  flush(): void;
  /** Requests without an answer. */
  readonly underway: number;
  /** Accepted messages of a source, and how many of them are not done yet. */
  readonly backlog: number;
  /** When the message that waits longest was due; Infinity when none does. Messages are taken to be done in their order. */
  readonly oldestMs: number;
}

/** Builds the stream of the traffic's kind. */
export function createRealStream(options: RealStreamOptions): RealStream {
  return options.sender === undefined ? invokingStream(options) : sendingStream(options, options.sender);
}

function problemOf(name: string, problem: string): string {
  return `to ${name} had no answer: ${problem}`;
}

function payloadOf({ settings, traffic, draw }: RealStreamOptions): string {
  // Drawn in any case, so that the same seed means the same draws.
  const drawn = draw();
  if (settings.code.kind !== "modelled") return traffic.payload;
  return traffic.via.kind === "sync" ? decidedPayload(drawn) : repeatablePayload(drawn, settings.errorRate);
}

function invokingStream(options: RealStreamOptions): RealStream {
  const { deployed, traffic, index, recorder, client, now } = options;
  const path = invocationPath(deployed.name, deployed.qualifier);
  const event = traffic.via.kind === "async";
  let underway = 0;
  const onReply = (reply: Reply, intendedMs: number): void => {
    underway -= 1;
    if (reply.kind === "failed") options.onProblem(problemOf(deployed.name, reply.problem), 1);
    if (event && reply.kind === "served") recorder.accepted(index, reply.requestId, intendedMs);
    else recorder.answered(index, { ending: reply.kind, intendedMs, atMs: now() });
  };
  return {
    due(intendedMs) {
      recorder.offered(index, intendedMs);
      underway += 1;
      client.send({ path, payload: payloadOf(options), event }, (reply) => onReply(reply, intendedMs));
    },
    flush: () => undefined,
    get underway() {
      return underway;
    },
    backlog: 0,
    oldestMs: Infinity,
  };
}

function sendingStream(options: RealStreamOptions, sender: SourceSender): RealStream {
  const { deployed, index, recorder, now } = options;
  const accepted: number[] = [];
  let waiting: { readonly body: string; readonly intendedMs: number }[] = [];
  let underway = 0;
  const send = async (batch: typeof waiting): Promise<void> => {
    underway += batch.length;
    const { taken, problem } = await sender.send(batch.map(({ body }) => body));
    underway -= batch.length;
    if (problem !== undefined) options.onProblem(problemOf(deployed.name, problem), batch.length - taken);
    for (const { intendedMs } of batch.slice(0, taken)) accepted.push(intendedMs);
    for (const { intendedMs } of batch.slice(taken)) recorder.answered(index, { ending: "failed", intendedMs, atMs: now() });
  };
  const done = (): number => recorder.functions[index]!.served.total + recorder.functions[index]!.errors.total;
  return {
    due(intendedMs) {
      recorder.offered(index, intendedMs);
      waiting.push({ body: payloadOf(options), intendedMs });
      if (waiting.length >= sender.batchMax) this.flush();
    },
    flush() {
      while (waiting.length > 0) void send(waiting.splice(0, sender.batchMax));
      waiting = [];
    },
    get underway() {
      return underway;
    },
    get backlog() {
      return Math.max(0, accepted.length - done());
    },
    get oldestMs() {
      return accepted[done()] ?? Infinity;
    },
  };
}
