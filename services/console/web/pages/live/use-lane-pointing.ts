/** What is pointed at in the lanes, by mouse, finger or keyboard. */
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import type { Span } from "../../../src/live/lanes.ts";
import { onLaneKey } from "./lane-keys.ts";
import { placeOf, spanUnder, type Pointed } from "./lane-pointing.ts";
import { AXIS_HEIGHT, type Stage } from "./lane-stage.ts";

/** The handlers of the lanes' frame, and what to tell about. */
export function useLanePointing(frame: RefObject<HTMLDivElement | null>, stage: Stage, selected: { value: Span | undefined }) {
  const pointed = useSignal<Pointed | undefined>(undefined);
  const byKey = useSignal(false);
  const onPoint = (event: PointerEvent): void => {
    byKey.value = false;
    const bounds = frame.current!.getBoundingClientRect();
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    pointed.value = spanUnder(stage, frame.current!.scrollTop, x, y);
  };
  // A finger leaves with each tap, and what it tapped is to be read.
  const onPointerLeave = (event: PointerEvent): void => {
    if (event.pointerType === "mouse") pointed.value = undefined;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!onLaneKey(event, stage.layout, selected)) return;
    byKey.value = true;
    reveal(selected.value, stage, frame.current!);
  };
  const tip = byKey.value && selected.value !== undefined ? placeOf(selected.value, stage, frame.current!.scrollTop) : pointed.value;
  const handlers = {
    onPointerDown: onPoint,
    onPointerMove: onPoint,
    onPointerLeave,
    onKeyDown,
    onBlur: () => (byKey.value = false),
    onClick: () => (selected.value = pointed.value?.span),
  };
  return { tip, handlers };
}

/** Scrolls to the lane that was walked to. */
function reveal(span: Span | undefined, stage: Stage, frame: HTMLElement): void {
  const place = span === undefined ? undefined : placeOf(span, stage, frame.scrollTop);
  if (place === undefined) return;
  const below = place.y + stage.layout.rowHeight - frame.clientHeight;
  if (place.y < AXIS_HEIGHT) frame.scrollTop += place.y - AXIS_HEIGHT;
  else if (below > 0) frame.scrollTop += below;
}
