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

/** Selects the span of a request; tells whether there is one yet. */
export function pointAt(requestId: string, selected: { value: Span | undefined }): boolean {
  for (const owner of picture.functions.values())
    for (const lane of owner.lanes.values()) {
      const span = lane.spans.findLast((each) => each.request?.requestId === requestId);
      if (span === undefined) continue;
      selected.value = span;
      return true;
    }
  return false;
}

/** Where a span is drawn, pixels of the frame; `undefined` when its function is not shown. */
export function placeOf(span: Span, { layout, width, gutter }: Stage, scrollTop: number): Pointed | undefined {
  for (const { lanes, lanesTop } of layout.blocks) {
    const row = lanes.findIndex((lane) => lane.spans.includes(span));
    if (row < 0) continue;
    const x = width - ((viewEnd() - span.from) / windowMs.peek()) * (width - gutter);
    return {
      lane: lanes[row]!,
      span,
      x: Math.min(width, Math.max(gutter, x)),
      y: AXIS_HEIGHT + lanesTop + row * layout.rowHeight - scrollTop,
    };
  }
  return undefined;
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
