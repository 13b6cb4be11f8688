/** The lanes as text, for a terminal: one character is a slice of time. */
import { isVisible, type Lane, type Span } from "../live/lanes.ts";
import type { Picture } from "../live/picture.ts";
import { TOUR_PREFIX } from "./functions.ts";

/** What the characters mean. */
export const ASCII_LEGEND = "░ ready  ▒ init  █ busy  ✗ failed  · idle";

export interface AsciiOptions {
  /** Time window, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Characters of a lane. */
  readonly width: number;
}

/** A line for each environment of the tour that did something in the window. */
export function asciiLanes(picture: Picture, { from, to, width }: AsciiOptions): readonly string[] {
  const slice = (to - from) / width;
  const owners = [...picture.functions.values()].filter(({ name }) => name.startsWith(TOUR_PREFIX));
  return owners.flatMap((owner) =>
    [...owner.lanes.values()]
      .filter((lane) => isVisible(lane, from) && didSomething(lane, from))
      .map((lane) => {
        const cells = Array.from({ length: width }, (_, index) => cell(lane, from + index * slice, from + (index + 1) * slice));
        return `${owner.name.slice(TOUR_PREFIX.length).padEnd(7)} ${lane.environmentId.slice(0, 6)} ${cells.join("")}`;
      }),
  );
}

function didSomething(lane: Lane, from: number): boolean {
  return lane.createdAt >= from || lane.spans.some((span) => span.request !== undefined && span.to > from);
}

/** What an environment did in a slice: the most telling that happened in it. */
function cell(lane: Lane, from: number, to: number): string {
  if (to <= lane.createdAt || from >= lane.stoppedAt) return " ";
  const spans = lane.spans.filter((span) => span.from < to && span.to > from);
  if (spans.some((span) => span.request?.status !== undefined && span.request.status !== "success")) return "✗";
  const busy = spans.find((span) => span.request !== undefined);
  if (busy !== undefined) return isInit(busy, from) ? "▒" : "█";
  return spans.some((span) => span.state === "creating" || span.state === "spare") ? "░" : "·";
}

function isInit({ from, request }: Span, at: number): boolean {
  return request?.cold === true && at < from + (request.initMs ?? (request.status === undefined ? Infinity : 0));
}
