/** Draws the visible part of the lanes. Called for each frame: it makes no objects per span. */
import type { Lane, Span } from "../../../src/live/lanes.ts";
import type { Block, Layout } from "../../../src/live/layout.ts";
import { timeTicks } from "../../../src/live/time-ticks.ts";
import type { LaneColors } from "./lane-colors.ts";

/** What to draw, in CSS pixels. */
export interface Scene {
  readonly context: CanvasRenderingContext2D;
  readonly colors: LaneColors;
  readonly layout: Layout;
  readonly width: number;
  readonly height: number;
  /** Space for names at the left. */
  readonly gutter: number;
  /** Space for the time axis at the top. */
  readonly axis: number;
  readonly scrollTop: number;
  /** Time window, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly selected: Span | undefined;
}

/** Draws everything. */
export function paint(scene: Scene): void {
  const { context, width, height, axis } = scene;
  context.clearRect(0, 0, width, height);
  paintGrid(scene);
  context.save();
  context.beginPath();
  context.rect(0, axis, width, height - axis);
  context.clip();
  for (const block of scene.layout.blocks) paintBlock(scene, block);
  context.restore();
}

const xOf = ({ gutter, width, from, to }: Scene, at: number): number => gutter + ((at - from) / (to - from)) * (width - gutter);

function paintGrid(scene: Scene): void {
  const { context, colors, width, height, gutter, axis, from, to } = scene;
  const max = Math.max(2, Math.floor((width - gutter) / 90));
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const { at, text } of timeTicks(from, to, max)) {
    const x = Math.round(xOf(scene, at));
    context.fillStyle = colors.grid;
    context.fillRect(x, axis, 1, height - axis);
    if (x < gutter + 30 || x > width - 26) continue;
    context.fillStyle = colors.faint;
    context.fillText(text, x, axis / 2);
  }
}

function paintBlock(scene: Scene, block: Block): void {
  const { layout, scrollTop, height, axis } = scene;
  const bottom = block.lanesTop + block.lanes.length * layout.rowHeight;
  if (bottom < scrollTop || block.top > scrollTop + height - axis) return;
  paintThrottles(scene, block);
  const first = Math.max(0, Math.floor((scrollTop - block.lanesTop) / layout.rowHeight));
  const last = Math.min(block.lanes.length - 1, Math.ceil((scrollTop + height - axis - block.lanesTop) / layout.rowHeight));
  for (let index = first; index <= last; index++)
    paintLane(scene, block.lanes[index]!, axis + block.lanesTop + index * layout.rowHeight - scrollTop);
}

/** Marks along the lower edge of the function's heading. */
function paintThrottles(scene: Scene, { owner, lanesTop }: Block): void {
  const { context, colors, axis, scrollTop, from, gutter } = scene;
  context.fillStyle = colors.bad;
  for (const { at } of owner.throttles) {
    if (at < from) continue;
    const x = xOf(scene, at);
    if (x >= gutter) context.fillRect(x - 1, axis + lanesTop - scrollTop - 7, 2, 5);
  }
}

function paintLane(scene: Scene, lane: Lane, top: number): void {
  const { context, colors, layout, width, gutter, from, to } = scene;
  const height = Math.max(2, layout.rowHeight - (layout.rowHeight > 10 ? 4 : 2));
  const y = top + (layout.rowHeight - height) / 2;
  const begin = Math.max(gutter, xOf(scene, lane.begunEarlier ? from : lane.createdAt));
  const end = Math.min(width, lane.stoppedAt === Infinity ? width : xOf(scene, lane.stoppedAt));
  if (end > begin) {
    context.fillStyle = colors.alive;
    context.fillRect(begin, y, end - begin, height);
  }
  if (layout.rowHeight >= 12 && gutter > 0) paintName(scene, lane, y + height / 2);
  let drawnTo = -1;
  for (const span of lane.spans) {
    if (span.to < from || span.from > to) continue;
    const x = Math.max(gutter, xOf(scene, span.from));
    const right = Math.min(width, xOf(scene, Math.min(span.to, to)));
    // Many short invocations on one pixel are one mark.
    if (right <= drawnTo && span.request?.status === "success" && span !== scene.selected) continue;
    paintSpan(scene, { span, x, y, width: Math.max(1.5, right - x), height });
    drawnTo = Math.floor(right);
  }
}

function paintName({ context, colors, gutter }: Scene, lane: Lane, y: number): void {
  context.font = "11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = lane.stoppedAt === Infinity ? colors.text : colors.faint;
  const version = lane.version === "$LATEST" ? "" : ` v${lane.version}`;
  context.fillText(`${lane.environmentId.slice(0, 6)}${version}`, 8, y, gutter - 12);
}

interface Box {
  readonly span: Span;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function paintSpan(scene: Scene, { span, x, y, width, height }: Box): void {
  const { context, colors } = scene;
  const { request } = span;
  context.fillStyle = colorOf(span, colors);
  context.fillRect(x, y, width, height);
  if (request?.cold === true) {
    const initEnd = span.from + (request.initMs ?? (request.status === undefined ? Infinity : 0));
    const initWidth = Math.min(width, xOf(scene, Math.min(initEnd, scene.to)) - x);
    context.fillStyle = colors.init;
    if (initWidth > 0) context.fillRect(x, y, Math.max(1.5, initWidth), height);
    paintColdMark(scene, x, y);
  }
  if (span === scene.selected) {
    context.strokeStyle = colors.selected;
    context.lineWidth = 2;
    context.strokeRect(x - 1, y - 1, width + 2, height + 2);
  }
}

function paintColdMark({ context, colors, layout }: Scene, x: number, y: number): void {
  const size = layout.rowHeight > 10 ? 4 : 2.5;
  context.fillStyle = colors.cold;
  context.beginPath();
  context.moveTo(x - size, y - 1);
  context.lineTo(x + size, y - 1);
  context.lineTo(x, y + size);
  context.fill();
}

function colorOf({ state, request }: Span, colors: LaneColors): string {
  if (request !== undefined) {
    if (request.status !== undefined && request.status !== "success") return colors.bad;
    return request.provisioned ? colors.provisioned : colors.busy;
  }
  if (state === "init" || state === "resetting") return colors.init;
  if (state === "frozen") return colors.frozen;
  if (state === "stopping") return colors.stopping;
  if (state === "busy") return colors.busy;
  return state === "spare" ? colors.spare : colors.creating;
}
