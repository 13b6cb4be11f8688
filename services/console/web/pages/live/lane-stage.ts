/** The canvas of the lanes, drawn for each frame of the screen. */
import type { Span } from "../../../src/live/lanes.ts";
import { layOut, type Layout } from "../../../src/live/layout.ts";
import { picture } from "../../state/live.ts";
import type { LaneColors } from "./lane-colors.ts";
import { laneColors } from "./lane-colors.ts";
import { paint } from "./lane-painter.ts";
import { pausedAt, viewEnd, windowMs } from "./view.ts";

/** Pixels over each function's lanes, and over all. */
export const HEAD_HEIGHT = 40;
export const AXIS_HEIGHT = 26;
/** Below that width environments have no names. */
const NARROW = 640;

/** What was drawn last, so that what is under the pointer can be found. */
export interface Stage {
  layout: Layout;
  width: number;
  height: number;
  gutter: number;
  colors: LaneColors | undefined;
}

export function newStage(): Stage {
  return { layout: { blocks: [], height: 0, rowHeight: 20 }, width: 0, height: 0, gutter: 0, colors: undefined };
}

interface Animation {
  readonly frame: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly stage: Stage;
  readonly only: ((functionArn: string) => boolean) | undefined;
  readonly selected: () => Span | undefined;
}

/** Draws each frame until it is called off; a stopped picture is drawn only when something changes. */
export function animate({ frame, canvas, stage, only, selected }: Animation): () => void {
  const context = canvas.getContext("2d")!;
  let drawn = "";
  let request = requestAnimationFrame(draw);
  function draw(): void {
    request = requestAnimationFrame(draw);
    const { clientWidth: width, clientHeight: height, scrollTop } = frame;
    if (width === 0 || height === 0) return;
    const now = viewEnd();
    const recolored = stage.colors === undefined;
    stage.colors ??= laneColors(frame);
    const state = `${width} ${height} ${scrollTop} ${windowMs.peek()} ${pausedAt.peek()} ${picture.events} ${selected()?.from}`;
    if (pausedAt.peek() !== 0 && state === drawn && !recolored) return;
    drawn = state;
    resize(canvas, context, width, height);
    const from = now - windowMs.peek();
    const gutter = width < NARROW ? 0 : 96;
    Object.assign(stage, { width, height, gutter, layout: layOut(picture, { only, from, headHeight: HEAD_HEIGHT }) });
    paint({
      context,
      colors: stage.colors,
      layout: stage.layout,
      width,
      height,
      gutter,
      axis: AXIS_HEIGHT,
      scrollTop,
      from,
      to: now,
      selected: selected(),
    });
  }
  return () => cancelAnimationFrame(request);
}

function resize(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, width: number, height: number): void {
  const ratio = Math.min(2, devicePixelRatio || 1);
  if (canvas.width === Math.round(width * ratio) && canvas.height === Math.round(height * ratio)) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
