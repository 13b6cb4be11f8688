/** The whole live picture, as one mutable state that lifecycle events change. Everything in it is bounded. */
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { beginRequest, endRequest, enterState, newLane, type Lane } from "./lanes.ts";
import { tellMapping, type MappingActivities } from "./mapping-activity.ts";
import { countDuration, newRates, secondOf, type Rates } from "./rates.ts";
import { newStories, tellRun, tellStory, type Stories } from "./stories.ts";

/** A refused invocation. */
export interface Throttle {
  readonly at: number;
  readonly requestId: string;
  readonly reason: string;
}

/** One function's part of the picture. */
export interface FunctionPicture {
  readonly functionArn: string;
  readonly name: string;
  /** By environment id, in the order in which they were created. */
  readonly lanes: Map<string, Lane>;
  running: number;
  /** Of these on provisioned concurrency. */
  provisionedRunning: number;
  started: number;
  cold: number;
  failed: number;
  throttled: number;
  throttles: Throttle[];
  changedAt: number;
}

export interface Picture {
  readonly functions: Map<string, FunctionPicture>;
  readonly rates: Rates;
  readonly stories: Stories;
  readonly mappings: MappingActivities;
  /** Invocations that run now. */
  running: number;
  /** When the newest event happened. */
  lastAt: number;
  /** Grows with each event. */
  events: number;
}

/** Milliseconds for which the picture keeps what is over. */
export const KEPT_MS = 300_000;
const LANES_MAX = 3_000;
const FUNCTIONS_MAX = 500;
const THROTTLES_MAX = 300;
/** Longer than environments live unless they are told to (8 hours, as on AWS): one that was silent for so long is gone, whatever was missed. */
const SILENT_MS = 9 * 3_600_000;

/** Nothing has happened yet. */
export function newPicture(): Picture {
  return { functions: new Map(), rates: newRates(), stories: newStories(), mappings: new Map(), running: 0, lastAt: 0, events: 0 };
}

/** Changes the picture by one event. */
export function applyEvent(picture: Picture, event: LifecycleEvent): void {
  picture.events += 1;
  picture.lastAt = Math.max(picture.lastAt, event.at);
  switch (event.type) {
    case "environment":
      return onEnvironment(picture, event);
    case "invocation-start":
      return onStart(picture, event);
    case "invocation-end":
      return onEnd(picture, event);
    case "throttle":
      return onThrottle(picture, event);
    case "async-event":
      return tellStory(picture.stories, event);
    case "mapping":
      return tellMapping(picture.mappings, event);
    case "executor":
      return loseEnvironments(picture, event.at);
    case "function":
      if (event.change === "deleted") functionOf(picture, event).changedAt = event.at;
      return;
    case "recursion-dropped":
      return;
  }
}

/** All environments are gone: the executor was killed, or has started anew. */
export function loseEnvironments(picture: Picture, at: number): void {
  for (const owner of picture.functions.values())
    for (const lane of owner.lanes.values())
      if (lane.stoppedAt === Infinity && lane.createdAt <= at)
        recounting({ picture, owner, lane }, () => enterState(lane, { state: "stopped", at }));
}

/** Forgets what has left the window, and the oldest of what is too much. */
export function prunePicture(picture: Picture, now: number): void {
  for (const [arn, owner] of picture.functions) {
    let tooMany = owner.lanes.size - LANES_MAX;
    for (const [id, lane] of owner.lanes) {
      if (!isOver(lane, now) && tooMany <= 0) continue;
      recounting({ picture, owner, lane }, () => (lane.running = undefined));
      owner.lanes.delete(id);
      tooMany -= 1;
    }
    if (owner.lanes.size === 0 && owner.changedAt < now - KEPT_MS) picture.functions.delete(arn);
  }
  for (const [arn, owner] of picture.functions) {
    if (picture.functions.size <= FUNCTIONS_MAX) return;
    picture.running -= owner.running;
    picture.functions.delete(arn);
  }
}

function isOver(lane: Lane, now: number): boolean {
  return lane.stoppedAt < now - KEPT_MS || lane.changedAt < now - SILENT_MS;
}

function functionOf(picture: Picture, { functionArn, at }: { readonly functionArn: string; readonly at: number }): FunctionPicture {
  let found = picture.functions.get(functionArn);
  if (found === undefined) {
    const name = functionArn.slice(functionArn.lastIndexOf(":") + 1);
    const counts = { running: 0, provisionedRunning: 0, started: 0, cold: 0, failed: 0, throttled: 0 };
    found = { functionArn, name, lanes: new Map(), ...counts, throttles: [], changedAt: at };
    picture.functions.set(functionArn, found);
  }
  found.changedAt = Math.max(found.changedAt, at);
  return found;
}

function laneOf(owner: FunctionPicture, event: Parameters<typeof newLane>[0]): Lane {
  let lane = owner.lanes.get(event.environmentId);
  if (lane === undefined) {
    lane = newLane(event);
    owner.lanes.set(event.environmentId, lane);
  }
  return lane;
}

function onEnvironment(picture: Picture, event: Extract<LifecycleEvent, { type: "environment" }>): void {
  const owner = functionOf(picture, event);
  // Of one that was gone before the stream began nothing is left to show.
  if (event.state === "stopped" && !owner.lanes.has(event.environmentId)) return;
  const lane = laneOf(owner, event);
  recounting({ picture, owner, lane }, () => enterState(lane, event));
}

function onStart(picture: Picture, event: Extract<LifecycleEvent, { type: "invocation-start" }>): void {
  const owner = functionOf(picture, event);
  const lane = laneOf(owner, event);
  // After a broken connection an event may have been written twice.
  const last = lane.spans.at(-1);
  if (last?.request?.requestId === event.requestId && last.from === event.at) return;
  recounting({ picture, owner, lane }, () => beginRequest(lane, event));
  owner.started += 1;
  if (event.cold) owner.cold += 1;
  tellRun(picture.stories, event);
  const second = secondOf(picture.rates, event.at);
  if (second === undefined) return;
  second.started += 1;
  if (event.cold) second.cold += 1;
  second.peak = Math.max(second.peak, picture.running);
}

function onEnd(picture: Picture, event: Extract<LifecycleEvent, { type: "invocation-end" }>): void {
  const owner = functionOf(picture, event);
  const lane = laneOf(owner, event);
  recounting({ picture, owner, lane }, () => endRequest(lane, event));
  const failed = event.status !== "success";
  if (failed) owner.failed += 1;
  tellRun(picture.stories, event);
  const second = secondOf(picture.rates, event.at);
  if (second === undefined) return;
  second.ended += 1;
  if (failed) second.failed += 1;
  second.peak = Math.max(second.peak, picture.running);
  countDuration(second, event.durationMs);
}

function onThrottle(picture: Picture, event: Extract<LifecycleEvent, { type: "throttle" }>): void {
  const owner = functionOf(picture, event);
  owner.throttled += 1;
  owner.throttles.push({ at: event.at, requestId: event.requestId, reason: event.reason });
  if (owner.throttles.length > THROTTLES_MAX * 2) owner.throttles = owner.throttles.slice(-THROTTLES_MAX);
  const second = secondOf(picture.rates, event.at);
  if (second !== undefined) second.throttled += 1;
}

interface Place {
  readonly picture: Picture;
  readonly owner: FunctionPicture;
  readonly lane: Lane;
}

/** Changes a lane, and counts anew what runs: whatever ends an invocation, it is counted out once. */
function recounting({ picture, owner, lane }: Place, change: () => void): void {
  const before = lane.running;
  change();
  const after = lane.running;
  if (before === after) return;
  const more = Number(after !== undefined) - Number(before !== undefined);
  owner.running += more;
  picture.running += more;
  owner.provisionedRunning += Number(after?.request?.provisioned === true) - Number(before?.request?.provisioned === true);
}
