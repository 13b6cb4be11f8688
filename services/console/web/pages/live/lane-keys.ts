/** The live picture by keyboard and wheel. */
import type { Lane, Span } from "../../../src/live/lanes.ts";
import type { Layout } from "../../../src/live/layout.ts";
import { pan, togglePause, viewEnd, windowMs, zoom } from "./view.ts";

/** Space stops, plus and minus zoom, arrows walk: left and right along a lane, up and down between lanes. Tells whether it did. */
export function onLaneKey(event: KeyboardEvent, layout: Layout, selected: { value: Span | undefined }): boolean {
  const actions: Readonly<Record<string, () => void>> = {
    " ": togglePause,
    "+": () => zoom(-1),
    "=": () => zoom(-1),
    "-": () => zoom(1),
    ArrowLeft: () => walk(layout, selected, 0, -1),
    ArrowRight: () => walk(layout, selected, 0, 1),
    ArrowUp: () => walk(layout, selected, -1, 0),
    ArrowDown: () => walk(layout, selected, 1, 0),
    Escape: () => (selected.value = undefined),
  };
  const action = actions[event.key];
  if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return false;
  // A link in a heading is left to itself.
  if (event.target !== event.currentTarget) return false;
  event.preventDefault();
  action();
  return true;
}

/** With Ctrl the wheel zooms, sideways (or with Shift) it moves in time. `width` is the frame's, pixels. */
export function onLaneWheel(event: WheelEvent, width: number): void {
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1 : -1);
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    pan(((event.deltaX || event.deltaY) / Math.max(1, width)) * windowMs.value);
  }
}

function walk(layout: Layout, selected: { value: Span | undefined }, down: number, along: number): void {
  const from = viewEnd() - windowMs.value;
  const lanes = layout.blocks.flatMap((block) => block.lanes).filter((lane) => requestsOf(lane, from).length > 0);
  if (lanes.length === 0) return;
  const row = lanes.findIndex((lane) => selected.value !== undefined && lane.spans.includes(selected.value));
  if (row < 0) {
    selected.value = requestsOf(lanes[0]!, from).at(-1);
    return;
  }
  const lane = lanes[Math.min(lanes.length - 1, Math.max(0, row + down))]!;
  const spans = requestsOf(lane, from);
  const at = selected.value!.from;
  const index = down === 0 ? spans.indexOf(selected.value!) + along : spans.findLastIndex((span) => span.from <= at);
  selected.value = spans[Math.min(spans.length - 1, Math.max(0, index))];
}

function requestsOf(lane: Lane, from: number): readonly Span[] {
  return lane.spans.filter((span) => span.request !== undefined && span.to > from);
}
