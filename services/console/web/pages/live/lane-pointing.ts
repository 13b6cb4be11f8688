/** What is pointed at in the lanes. */
import type { Lane, Span } from "../../../src/live/lanes.ts";
import { laneAt } from "../../../src/live/layout.ts";
import { picture } from "../../state/live.ts";
import { AXIS_HEIGHT, type Stage } from "./lane-stage.ts";
import { viewEnd, windowMs } from "./view.ts";

/** What is pointed at. */
export interface Pointed {
  readonly lane: Lane;
  readonly span: Span | undefined;
  readonly x: number;
  readonly y: number;
}

/** Finds the span of a request, once. */
export function pointAt(requestId: string | undefined, selected: { value: Span | undefined }): void {
  if (requestId === undefined || selected.value?.request?.requestId === requestId) return;
  for (const owner of picture.functions.values())
    for (const lane of owner.lanes.values()) {
      const span = lane.spans.findLast((each) => each.request?.requestId === requestId);
      if (span !== undefined) selected.value = span;
    }
}

/** What is under a point of the frame, pixels. */
export function spanUnder({ layout, width, gutter }: Stage, scrollTop: number, x: number, y: number): Pointed | undefined {
  if (x < 0 || y < AXIS_HEIGHT) return undefined;
  const found = laneAt(layout, y + scrollTop - AXIS_HEIGHT);
  if (found === undefined) return undefined;
  const perPixel = windowMs.peek() / Math.max(1, width - gutter);
  const at = viewEnd() - (width - x) * perPixel;
  // What is narrower than a finger can still be met.
  const span = found.lane.spans.findLast((each) => each.from <= at + 3 * perPixel && at - 3 * perPixel < each.to);
  return { lane: found.lane, span: x < gutter ? undefined : span, x, y };
}
