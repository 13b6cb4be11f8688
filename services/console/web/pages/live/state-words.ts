/** The states of an execution environment in words. */
import type { Lane, Span } from "../../../src/live/lanes.ts";

const STATES: Readonly<Record<Lane["state"], string>> = {
  creating: "Starting",
  spare: "Ready, unused",
  init: "Init",
  idle: "Idle",
  frozen: "Frozen",
  busy: "Busy",
  resetting: "Resetting",
  stopping: "Stopping",
  stopped: "Stopped",
};

export function stateWord(state: Lane["state"]): string {
  return STATES[state];
}

const ENDS = {
  running: "Running",
  lost: "Cut off",
  success: "Succeeded",
  failure: "Failed",
  error: "Failed",
  timeout: "Timed out",
} as const;

/** What became of a span's invocation; the end of one whose environment was killed is never told. */
export function endWord({ request, to }: Span): string {
  return ENDS[request?.status ?? (to === Infinity ? "running" : "lost")];
}
