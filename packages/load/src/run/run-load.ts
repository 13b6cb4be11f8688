/** A scenario against an endpoint. */
import { Recorder } from "../measuring/recorder.ts";
import type { RunResult } from "../measuring/run-result.ts";
import { clock } from "../report/scales.ts";
import { AWS_LIMITS, type Scenario, type Traffic } from "../scenario/scenario.ts";
import { plannedMs, runFacts } from "../scenario/run-facts.ts";
import { noteUndone } from "../scenario/undone.ts";
import { arrivalsOf, createDraws } from "../simulate/stream-context.ts";
import { deployAll, type DeployContext, type Deployed } from "./deploy.ts";
import { createInvokeClient } from "./invoke-client.ts";
import { Interrupted } from "./interrupted.ts";
import { createLambdaApi, EndpointError, type LambdaApi } from "./lambda-api.ts";
import { pace } from "./pacing.ts";
import { createRealStream, type RealStream } from "./real-stream.ts";
import { followLifecycle } from "./server-sent-events.ts";
import type { SourceSender } from "./sources.ts";

export interface LoadOptions {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** What folders of the scenario are relative to. */
  readonly folder: string;
  /** `LAMBDOCK_CONSOLE_TOKEN`, where the endpoint wants it. */
  readonly token?: string;
  /** Told what is being prepared. */
  readonly say: (sentence: string) => void;
  /** Told several times a second while requests are sent. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends preparing or sending; what is under way is waited for. */
  readonly signal?: AbortSignal;
  /** Ends waiting too. What was made is taken away in any case. */
  readonly hurry?: AbortSignal;
}

/** How far a run is. */
export interface Progress {
  readonly atMs: number;
  readonly offered: number;
  readonly served: number;
  readonly throttled: number;
  readonly failed: number;
  readonly underway: number;
}

/** A function may take its whole timeout, and a cold start before it. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 200;
/** Being late by this much shows in the latencies. */
const LATE_MS = 25;
const EVENT_TYPES = "invocation-start,invocation-end,environment,throttle,async-event,mapping,executor";

/** Runs it; throws EndpointError and Interrupted. Whatever it made is taken away again. */
export async function runLoad(scenario: Scenario, options: LoadOptions): Promise<RunResult> {
  const { signal, say, folder } = options;
  const asking = createLambdaApi(options.endpoint);
  let preparing = true;
  const call: LambdaApi["call"] = (...request) => {
    if (preparing && signal?.aborted === true) throw new Interrupted();
    return asking.call(...request);
  };
  const api: LambdaApi = { endpoint: asking.endpoint, call };
  const accountConcurrency = await checkLimits(scenario, api);
  const undoing: (() => Promise<unknown>)[] = [];
  const left: string[] = [];
  let result: RunResult;
  try {
    const context: DeployContext = { api, folder, say, undo: (step) => undoing.push(step) };
    const deployed = await deployAll(scenario, context);
    const senders: (SourceSender | undefined)[] = [];
    for (const traffic of scenario.traffic) senders.push(await senderOf(traffic, deployed, context));
    if (signal?.aborted === true) throw new Interrupted();
    preparing = false;
    result = await measure(withReservations(scenario, deployed), { ...options, api, accountConcurrency, deployed, senders });
  } finally {
    preparing = false;
    for (const step of undoing.toReversed()) await step().catch((error: unknown) => left.push(reasonOf(error)));
    if (left.length > 0) say(`not all of what was made could be taken away: ${left[0]}`);
  }
  // The same reason for each of them: what it was is told once.
  return left.length === 0
    ? result
    : { ...result, notes: [...result.notes, `Not all of what the run made could be taken away: ${left[0]}`] };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Limits are settings of who runs Lambdock: a run under others than the scenario's would show something else. */
async function checkLimits({ limits }: Scenario, api: LambdaApi): Promise<number> {
  const { AccountLimit } = await api.call<{ readonly AccountLimit: { readonly ConcurrentExecutions: number } }>(
    "GET",
    "/2016-08-19/account-settings",
  );
  const { ConcurrentExecutions: actual } = AccountLimit;
  const { accountConcurrency: wanted } = limits;
  if (wanted !== undefined && wanted !== actual)
    throw new EndpointError(
      `The scenario says accountConcurrency ${wanted}, and ${api.endpoint} has ${actual}: start Lambdock with LAMBDOCK_CONCURRENCY=${wanted}, or change the scenario.`,
    );
  return actual;
}

/** Functions that existed have reservations that the scenario does not know. */
function withReservations(scenario: Scenario, deployed: readonly Deployed[]): Scenario {
  const functions = scenario.functions.map((each, index) => {
    const { reserved } = deployed[index]!;
    return reserved === undefined ? each : { ...each, reserved };
  });
  return { ...scenario, functions };
}

/** The SDK is loaded by runs that have a source. */
async function senderOf(
  { via, function: name }: Traffic,
  deployed: readonly Deployed[],
  context: DeployContext,
): Promise<SourceSender | undefined> {
  if (via.kind !== "sqs" && via.kind !== "kinesis") return undefined;
  const { openQueue, openStream } = await import("./sources.ts");
  const target = deployed.find((each) => each.name === name)!;
  return via.kind === "sqs" ? openQueue(via, target, context) : openStream(via, target, context);
}

interface Measuring extends LoadOptions {
  readonly api: LambdaApi;
  readonly accountConcurrency: number;
  readonly deployed: readonly Deployed[];
  /** By place in the traffic. */
  readonly senders: readonly (SourceSender | undefined)[];
}

async function measure(scenario: Scenario, options: Measuring): Promise<RunResult> {
  const { api, accountConcurrency, say, token } = options;
  // Told before there is a recorder: nothing has been sent yet.
  let recorder: Recorder | undefined;
  const names = scenario.functions.map(({ name }) => name).join(",");
  const query = `?type=${EVENT_TYPES}&function=${names}`;
  const reader = followLifecycle(
    api.endpoint,
    { query, ...(token === undefined ? {} : { token }) },
    {
      onEvents: (events) => events.forEach((event) => recorder?.lifecycle(event)),
      onGap: () =>
        recorder?.note(
          "The lifecycle stream was cut before it was read: concurrency, cold starts and throttles may be incomplete. Raise LAMBDOCK_LIFECYCLE_EVENTS.",
        ),
    },
  );
  try {
    await reader.opened;
    say("sending");
    const startedAt = performance.timeOrigin + performance.now();
    recorder = new Recorder(runFacts(scenario, { kind: "real", where: api.endpoint, startedAt, accountConcurrency }));
    await sendAll(scenario, recorder, { ...options, startedAt });
    noteWhatIsMissing(scenario, recorder, options.hurry?.aborted === true);
    return recorder.finish();
  } finally {
    reader.close();
  }
}

async function sendAll(scenario: Scenario, recorder: Recorder, options: Measuring & { readonly startedAt: number }): Promise<void> {
  const { api, deployed, senders, startedAt, onProgress } = options;
  const { signal = new AbortController().signal, hurry = new AbortController().signal } = options;
  const now = (): number => performance.timeOrigin + performance.now() - startedAt;
  const timeouts = scenario.functions.map(({ timeoutMs }) => timeoutMs);
  const client = createInvokeClient(api.endpoint, Math.max(...timeouts) + PATIENCE_MS);
  let latest = 0;
  const problems = new Map<string, number>();
  const streams = scenario.traffic.map((traffic, place) => {
    const index = scenario.functions.findIndex(({ name }) => name === traffic.function);
    const sender = senders[place];
    return createRealStream({
      traffic,
      settings: scenario.functions[index]!,
      deployed: deployed[index]!,
      index,
      draw: createDraws(scenario, traffic, place),
      recorder,
      client,
      now,
      onProblem: (problem, count) => void problems.set(problem, (problems.get(problem) ?? 0) + count),
      ...(sender === undefined ? {} : { sender }),
    });
  });
  const look = (): void => {
    onProgress?.(progressOf(recorder, streams, now()));
    tellAges(scenario, { recorder, streams, atMs: now() });
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  try {
    await Promise.all(
      streams.map((stream, place) =>
        pace(
          {
            next: arrivalsOf(scenario, scenario.traffic[place]!, place),
            now,
            onDue: (intendedMs) => {
              latest = Math.max(latest, now() - intendedMs);
              stream.due(intendedMs);
            },
            onPause: () => stream.flush(),
          },
          signal,
        ),
      ),
    );
    if (signal.aborted) noteRest(scenario, recorder, now());
    await drained(recorder, streams, { drainMs: scenario.drainMs, hurry });
  } finally {
    clearInterval(looking);
    client.close();
  }
  look();
  for (const [problem, count] of problems) recorder.note(`${count} ${count === 1 ? "request" : "requests"} ${problem}`);
  if (latest > LATE_MS) recorder.note(`The load generator itself was late by up to ${Math.round(latest)} ms, which the latencies contain.`);
}

function noteRest(scenario: Scenario, recorder: Recorder, atMs: number): void {
  const lengthMs = plannedMs(scenario);
  const [sent, all] = [Math.min(atMs, lengthMs), lengthMs].map((milliseconds) => clock(milliseconds, lengthMs));
  recorder.note(`Ended by hand after ${sent} of ${all}: the rest was not sent.`);
}

/** Until everything is over and the stream has told of it, or the time for it is. */
async function drained(
  recorder: Recorder,
  streams: readonly RealStream[],
  { drainMs, hurry }: { readonly drainMs: number; readonly hurry: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + drainMs;
  const isOver = (): boolean =>
    recorder.running === 0 && recorder.openEvents === 0 && streams.every(({ underway, backlog }) => underway === 0 && backlog === 0);
  // The stream comes a little after the answers: it has to have been quiet for a while.
  for (let quiet = 0; quiet < QUIET_LOOKS && performance.now() < deadline && !hurry.aborted; quiet = isOver() ? quiet + 1 : 0)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

const QUIET_LOOKS = 5;

function tellAges(
  { traffic, functions }: Scenario,
  { recorder, streams, atMs }: { readonly recorder: Recorder; readonly streams: readonly RealStream[]; readonly atMs: number },
): void {
  streams.forEach(({ oldestMs }, place) => {
    const { function: name, via } = traffic[place]!;
    // Of streams the poller itself tells the age; a queue's is known here alone.
    if (via.kind !== "sqs") return;
    recorder.age(
      functions.findIndex((each) => each.name === name),
      atMs,
      oldestMs === Infinity ? 0 : Math.max(0, atMs - oldestMs),
    );
  });
}

function progressOf(recorder: Recorder, streams: readonly RealStream[], atMs: number): Progress {
  const sum = (pick: (each: Recorder["functions"][number]) => number): number =>
    recorder.functions.reduce((total, each) => total + pick(each), 0);
  return {
    atMs,
    offered: sum(({ offered }) => offered.total),
    served: sum(({ served }) => served.total),
    throttled: sum(({ throttledAnswers }) => throttledAnswers),
    failed: sum(({ errors, failed }) => errors.total + failed.total),
    underway: streams.reduce((total, { underway, backlog }) => total + underway + backlog, 0) + recorder.openEvents,
  };
}

/** What the figures do not contain, so that nobody takes them for whole. */
function noteWhatIsMissing(scenario: Scenario, recorder: Recorder, hurried: boolean): void {
  for (const each of recorder.functions) {
    const answers = each.served.total + each.errors.total;
    if (each.facts.via === "sync" && each.ends < answers)
      recorder.note(
        `The lifecycle stream told of ${each.ends} of ${answers} invocations of ${each.facts.name}: concurrency and cold starts are incomplete.`,
      );
  }
  noteUndone(recorder, scenario, hurried ? "when the run was ended" : undefined);
  const others = Object.keys(scenario.limits).filter((limit) => limit !== "accountConcurrency");
  if (others.length > 0)
    recorder.note(
      `Of the scenario's limits ${others.join(", ")} are for the simulator: a real run has those that Lambdock was started with (AWS's are ${AWS_LIMITS.scalingBurst} new environments at once and ${AWS_LIMITS.scalingPerSecond} per second).`,
    );
}
