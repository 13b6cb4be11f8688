import type { ShardOutlook } from "./batching.ts";
import type { Lane } from "./lane.ts";
import type { ShardCheckpoint, ShardEffect } from "./shard-protocol.ts";

/** Everything that the work on a shard remembers. */
export interface ShardWork extends ShardOutlook {
  readonly lanes: readonly Lane[];
  /** For the tumbling windows of this length the lanes are laid out. */
  readonly windowsOf: number;
  /** The last record read, or the checkpoint that was begun from. */
  readonly readThrough?: string;
  /** What was told last. */
  readonly told: ShardCheckpoint;
  readonly finished: boolean;
  readonly nextId: number;
  readonly wakeAt: number;
}

/** The state after an event, and what is to be done. */
export interface ShardStep {
  readonly state: ShardWork;
  readonly effects: readonly ShardEffect[];
}
