/**
 * The live picture's lanes: every execution environment with what it did lately, from the lifecycle
 * stream alone. Bounded: a lane keeps its newest spans, and what has left the window is dropped.
 */
import type { EnvironmentState, LifecycleEvent } from "@lambdock/model/lifecycle";

/** The request that an environment works on in a span. */
export interface SpanRequest {
  readonly requestId: string;
  readonly cold: boolean;
  readonly provisioned: boolean;
  readonly spillover: boolean;
  readonly qualifier?: string;
  /** Absent while it runs. */
  status?: "success" | "failure" | "error" | "timeout";
  durationMs?: number;
  initMs?: number;
}

/** A time in which an environment was in one state; idle is what lies between spans. */
export interface Span {
  readonly state: EnvironmentState;
  from: number;
  /** Infinity while it lasts. */
  to: number;
  readonly request?: SpanRequest;
}

export interface Lane {
  readonly environmentId: string;
  readonly functionArn: string;
  readonly version: string;
  readonly createdAt: number;
  /** Its creation was not seen: it began before the stream that is kept. */
  readonly begunEarlier: boolean;
  readonly initializationType: string;
  state: EnvironmentState;
  changedAt: number;
  /** When it stopped; Infinity while it lives. */
  stoppedAt: number;
  invocations: number;
  spans: Span[];
  /** The span of the invocation whose end was not told yet. */
  running: Span | undefined;
}

/** Spans that a lane keeps. */
const SPANS_MAX = 240;
/** Spans are cut in blocks: cutting one by one would move all others each time. */
const SPANS_CUT_AT = SPANS_MAX + 80;

type EnvironmentEvent = Extract<LifecycleEvent, { type: "environment" }>;
type StartEvent = Extract<LifecycleEvent, { type: "invocation-start" }>;
type EndEvent = Extract<LifecycleEvent, { type: "invocation-end" }>;

/** A lane for an environment that is heard of for the first time. */
export function newLane(event: EnvironmentEvent | StartEvent | EndEvent): Lane {
  const created = event.type === "environment" && event.state === "creating";
  return {
    environmentId: event.environmentId,
    functionArn: event.functionArn,
    version: event.version,
    createdAt: event.at,
    begunEarlier: !created,
    initializationType: (event.type === "environment" ? event.initializationType : undefined) ?? "on-demand",
    state: event.type === "environment" ? event.state : "busy",
    changedAt: event.at,
    stoppedAt: Infinity,
    invocations: 0,
    spans: [],
    running: undefined,
  };
}

/** What an invocation goes through: a cold start's init, and the reset that follows its timeout or crash. */
const WITHIN_REQUEST: ReadonlySet<EnvironmentState> = new Set(["init", "busy", "resetting"]);

/** The environment entered a state. */
export function enterState(lane: Lane, { state, at }: Pick<EnvironmentEvent, "state" | "at">): void {
  const request = lane.running?.request;
  if (request !== undefined && WITHIN_REQUEST.has(state)) {
    // Its end says how long the init took, if there is one.
    if (state === "busy" && request.initMs === undefined) request.initMs = at - lane.running!.from;
    return;
  }
  // An environment that stops may still tell how its invocation ended; any other state means that the end was missed.
  if (state !== "stopping") lane.running = undefined;
  close(lane, at);
  lane.state = state;
  lane.changedAt = at;
  if (state === "stopped") lane.stoppedAt = at;
  else if (state !== "idle") open(lane, { state, from: at, to: Infinity });
}

/** An invocation begins. */
export function beginRequest(lane: Lane, event: StartEvent): void {
  close(lane, event.at);
  lane.state = "busy";
  lane.changedAt = event.at;
  lane.invocations += 1;
  const { requestId, cold, qualifier, provisioned = false, spillover = false } = event;
  const request = { requestId, cold, provisioned, spillover, ...(qualifier === undefined ? {} : { qualifier }) };
  lane.running = { state: "busy", from: event.at, to: Infinity, request };
  open(lane, lane.running);
}

/** An invocation ended; answers its span. One whose begin was not seen is drawn from its duration. */
export function endRequest(lane: Lane, event: EndEvent): Span {
  let span = lane.spans.findLast((each) => each.request?.requestId === event.requestId);
  if (span?.request === undefined) {
    const request: SpanRequest = { requestId: event.requestId, cold: event.initMs !== undefined, provisioned: false, spillover: false };
    span = { state: "busy", from: event.at - event.durationMs - (event.initMs ?? 0), to: event.at, request };
    open(lane, span);
  }
  span.to = event.at;
  const request = span.request!;
  request.status = event.status;
  request.durationMs = event.durationMs;
  if (event.initMs !== undefined) request.initMs = event.initMs;
  if (span === lane.running) lane.running = undefined;
  if (lane.state === "busy") {
    lane.state = "idle";
    lane.changedAt = event.at;
  }
  return span;
}

/** The span at a time, the newest first; `undefined` where the environment was idle. */
export function spanAt(lane: Lane, at: number): Span | undefined {
  return lane.spans.findLast((span) => span.from <= at && at < span.to);
}

/** Whether the environment takes part in the picture of a time window that begins then. */
export function isVisible(lane: Lane, from: number): boolean {
  return lane.stoppedAt > from;
}

function open(lane: Lane, span: Span): void {
  lane.spans.push(span);
  if (lane.spans.length > SPANS_CUT_AT) lane.spans = lane.spans.slice(-SPANS_MAX);
}

function close(lane: Lane, at: number): void {
  const last = lane.spans.at(-1);
  if (last?.to === Infinity) last.to = Math.max(at, last.from);
}
