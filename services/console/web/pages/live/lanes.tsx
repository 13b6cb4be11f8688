/** The lanes on a canvas: it follows its scrolling frame, headings of functions lie over it. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Span } from "../../../src/live/lanes.ts";
import { layOut } from "../../../src/live/layout.ts";
import { picture, tick } from "../../state/live.ts";
import { shownTheme } from "../../state/theme.ts";
import { BlockHead } from "./block-head.tsx";
import { onLaneWheel } from "./lane-keys.ts";
import { pointAt } from "./lane-pointing.ts";
import { animate, AXIS_HEIGHT, HEAD_HEIGHT, newStage, type Stage } from "./lane-stage.ts";
import { summaryOf } from "./lane-summary.ts";
import { LaneTip } from "./lane-tip.tsx";
import { useLanePointing } from "./use-lane-pointing.ts";
import { viewEnd, windowMs } from "./view.ts";

export interface LanesProps {
  /** Only this function's; its heading needs no name then. */
  readonly functionArn?: string;
  /** Only functions whose name begins so. */
  readonly namePrefix?: string;
  /** Pixels; absent: what is left of the page. */
  readonly height?: number;
  /** A request to point at. */
  readonly requestId?: string;
}

/** Swim-lanes of execution environments. */
export function Lanes({ functionArn, namePrefix, height, requestId }: LanesProps) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<Stage>(newStage());
  const selected = useSignal<Span | undefined>(undefined);
  // Headings and the table for screen readers follow at a reader's pace, the canvas at the screen's.
  const [from, revision] = [viewEnd() - windowMs.value, tick.value];
  const only = chooser(functionArn, namePrefix);
  const layout = layOut(picture, { only, from, headHeight: HEAD_HEIGHT });

  useEffect(() => {
    stage.current.colors = undefined;
  }, [shownTheme.value]);
  // Once: whoever walks on from there is not called back.
  const found = useRef("");
  useEffect(() => {
    if (requestId !== undefined && requestId !== found.current && pointAt(requestId, selected)) found.current = requestId;
  }, [requestId, revision]);
  useEffect(
    () => animate({ frame: frame.current!, canvas: canvas.current!, stage: stage.current, only, selected: () => selected.peek() }),
    [functionArn, namePrefix],
  );

  const { tip, handlers } = useLanePointing(frame, stage.current, selected);
  return (
    <div class="lanes-box">
      <div
        class="lanes"
        ref={frame}
        style={height === undefined ? undefined : { height: `${height}px` }}
        tabIndex={0}
        role="group"
        aria-label={`Execution environments. ${summaryOf(layout)} Arrow keys walk through invocations, space stops the picture, plus and minus zoom.`}
        onWheel={(event) => onLaneWheel(event, stage.current.width)}
        {...handlers}
      >
        <div class="lanes-space" style={{ height: `${layout.height + AXIS_HEIGHT}px` }}>
          <canvas ref={canvas} aria-hidden="true" />
          {layout.blocks.map((block) => (
            <BlockHead
              key={block.owner.functionArn}
              block={block}
              top={block.top + AXIS_HEIGHT}
              height={HEAD_HEIGHT}
              single={functionArn !== undefined}
            />
          ))}
        </div>
      </div>
      {tip === undefined ? null : <LaneTip {...tip} stage={stage.current} />}
      <p class="visually-hidden" role="status">
        {selected.value?.request === undefined ? "" : describe(selected.value)}
      </p>
    </div>
  );
}

function chooser(functionArn: string | undefined, namePrefix: string | undefined): ((arn: string) => boolean) | undefined {
  if (functionArn !== undefined) return (arn) => arn === functionArn;
  return namePrefix === undefined ? undefined : (arn) => arn.slice(arn.lastIndexOf(":") + 1).startsWith(namePrefix);
}

function describe({ request, to }: Span): string {
  const { requestId, cold, status = to === Infinity ? "running" : "cut off", durationMs } = request!;
  return `Request ${requestId}, ${cold ? "cold start, " : ""}${status}${durationMs === undefined ? "" : `, ${Math.round(durationMs)} milliseconds`}`;
}
