import type { Lane, Span } from "../../../src/live/lanes.ts";
import { clock, duration, plural } from "../../parts/format.ts";
import { serverNow } from "../../state/facts.ts";
import type { Pointed } from "./lane-pointing.ts";
import type { Stage } from "./lane-stage.ts";
import { endWord, stateWord } from "./state-words.ts";

/** What the pointer is on, or what was walked to. It stays within the frame: beside its point, above it in the lower half. */
export function LaneTip({ lane, span, x, y, stage: { width, height } }: Pointed & { readonly stage: Stage }) {
  const [left, up] = [Math.round((x / Math.max(1, width)) * 100), y > height / 2];
  const style = { left: `${x}px`, top: `${up ? y - 10 : y + 16}px`, transform: `translate(-${left}%, ${up ? "-100%" : "0"})` };
  return (
    <div class="tip" style={style} aria-hidden="true">
      <strong>{span?.request === undefined ? stateText(lane, span) : requestText(span)}</strong>
      {span?.request === undefined ? null : <span class="mono">{span.request.requestId}</span>}
      <span>
        environment <span class="mono">{lane.environmentId.slice(0, 12)}</span> · {lane.version}
        {lane.initializationType === "on-demand" ? "" : ` · ${lane.initializationType}`}
      </span>
      {span === undefined ? (
        <span>{plural(lane.invocations, "invocation")} seen</span>
      ) : (
        <span>
          {clock(span.from)} · {duration(span.request?.durationMs ?? Math.min(span.to, serverNow()) - span.from)}
          {span.request?.initMs === undefined ? "" : ` · init ${duration(span.request.initMs)}`}
        </span>
      )}
      {span?.request?.spillover === true ? <span>Spilled over from provisioned concurrency</span> : null}
    </div>
  );
}

function stateText(lane: Lane, span: Span | undefined): string {
  return stateWord(span?.state ?? (lane.stoppedAt === Infinity ? "idle" : "stopped"));
}

function requestText(span: Span): string {
  const { cold, provisioned } = span.request!;
  return `${endWord(span)} · ${cold ? "cold start" : provisioned ? "provisioned" : "warm"}`;
}
