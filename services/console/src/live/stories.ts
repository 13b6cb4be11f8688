/** The story of each asynchronous event: its attempts, retries and ends, as they were told. Bounded. */
import type { AsyncEventState, LifecycleEvent } from "@lambdock/model/lifecycle";

/** One step of an event's story. */
export interface StoryStep {
  readonly at: number;
  readonly state: AsyncEventState | "run-started" | "run-ended";
  readonly attempts?: number;
  readonly nextAt?: number;
  readonly reason?: string;
  /** Of a run. */
  readonly environmentId?: string;
  readonly cold?: boolean;
  readonly status?: string;
  readonly durationMs?: number;
}

export interface Story {
  readonly requestId: string;
  readonly functionArn: string;
  readonly qualifier: string;
  state: AsyncEventState;
  attempts: number;
  /** Epoch milliseconds; while it waits for a retry. */
  nextAt?: number | undefined;
  steps: StoryStep[];
}

/** What is told of events. */
export interface Stories {
  /** By request id, the least recently told first. */
  readonly told: Map<string, Story>;
  /** Runs of which nobody said yet that they belong to an event: their executor may be heard before the queue. */
  readonly loose: Map<string, StoryStep[]>;
}

/** Nothing was told yet. */
export function newStories(): Stories {
  return { told: new Map(), loose: new Map() };
}

const STORIES_MAX = 1_000;
const STEPS_MAX = 60;
/** Under load most runs belong to no event: only the newest wait. */
const LOOSE_MAX = 512;

type AsyncEventEvent = Extract<LifecycleEvent, { type: "async-event" }>;
type RunEvent = Extract<LifecycleEvent, { type: "invocation-start" | "invocation-end" }>;

/** Goes on with an event's story. */
export function tellStory({ told, loose }: Stories, event: AsyncEventEvent): void {
  const { requestId, functionArn, qualifier, state, attempts, at, nextAt, reason } = event;
  const story = told.get(requestId) ?? { requestId, functionArn, qualifier, state, attempts, steps: loose.get(requestId) ?? [] };
  loose.delete(requestId);
  told.delete(requestId);
  told.set(requestId, story);
  story.state = state;
  story.attempts = attempts;
  story.nextAt = state === "retry" ? nextAt : undefined;
  addStep(story.steps, {
    at,
    state,
    attempts,
    ...(nextAt === undefined ? {} : { nextAt }),
    ...(reason === undefined ? {} : { reason }),
  });
  dropOldest(told, STORIES_MAX);
}

/** A run belongs to a story when its request id does. */
export function tellRun({ told, loose }: Stories, event: RunEvent): void {
  const { at, environmentId, requestId } = event;
  const step: StoryStep =
    event.type === "invocation-start"
      ? { at, state: "run-started", environmentId, cold: event.cold }
      : { at, state: "run-ended", environmentId, status: event.status, durationMs: event.durationMs };
  const story = told.get(requestId);
  if (story !== undefined) return addStep(story.steps, step);
  const steps = loose.get(requestId) ?? [];
  addStep(steps, step);
  loose.set(requestId, steps);
  dropOldest(loose, LOOSE_MAX);
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  if (map.size > max) map.delete(map.keys().next().value!);
}

/** What the queue makes of an attempt. */
const VERDICTS: ReadonlySet<StoryStep["state"]> = new Set(["retry", "dropped", "succeeded", "delivered", "delivery-failed", "dead"]);

/** In time; but a run's end goes before what was made of it, though the queue has the answer a moment before the environment is done. */
function comesBefore(step: StoryStep, other: StoryStep): boolean {
  if (step.state === "run-ended" && VERDICTS.has(other.state)) return true;
  if (other.state === "run-ended" && VERDICTS.has(step.state)) return false;
  return step.at < other.at;
}

/** Services tell independently of each other: a step may arrive after a later one. */
function addStep(steps: StoryStep[], step: StoryStep): void {
  let index = steps.length;
  while (index > 0 && comesBefore(step, steps[index - 1]!)) index -= 1;
  steps.splice(index, 0, step);
  if (steps.length > STEPS_MAX) steps.shift();
}
