/** What event source mappings did lately, as they told. Bounded. */
import type { LifecycleEvent, MappingStep } from "@lambdock/model/lifecycle";

type MappingEvent = Extract<LifecycleEvent, { type: "mapping" }>;

export interface MappingActivity {
  readonly uuid: string;
  /** Batches and records since the page was opened. */
  readonly batches: Partial<Record<MappingStep, number>>;
  readonly records: Partial<Record<MappingStep, number>>;
  /** The newest steps, the oldest first. */
  recent: MappingEvent[];
}

export type MappingActivities = Map<string, MappingActivity>;

const MAPPINGS_MAX = 500;
const RECENT_MAX = 60;

/** Counts a step. */
export function tellMapping(activities: MappingActivities, event: MappingEvent): void {
  const activity = activities.get(event.uuid) ?? { uuid: event.uuid, batches: {}, records: {}, recent: [] };
  activities.set(event.uuid, activity);
  activity.batches[event.step] = (activity.batches[event.step] ?? 0) + 1;
  activity.records[event.step] = (activity.records[event.step] ?? 0) + (event.records ?? 0);
  activity.recent.push(event);
  if (activity.recent.length > RECENT_MAX * 2) activity.recent = activity.recent.slice(-RECENT_MAX);
  if (activities.size > MAPPINGS_MAX) activities.delete(activities.keys().next().value!);
}
