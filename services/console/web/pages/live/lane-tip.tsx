import type { Lane, Span } from "../../../src/live/lanes.ts";
import { clock, duration } from "../../parts/format.ts";
import { serverNow } from "../../state/facts.ts";
import type { Pointed } from "./lane-pointing.ts";

const STATES: Readonly<Record<string, string>> = {
  creating: "Starting",
  spare: "Ready, waits for its first invocation",
  init: "Init",
  idle: "Idle",
  frozen: "Frozen",
  busy: "Busy",
  resetting: "Resetting",
  stopping: "Stopping",
  stopped: "Stopped",
};

/** What the pointer is on. */
export function LaneTip({ lane, span, x, y }: Pointed) {
  const right = x > 360;
  return (
    <div class="tip" style={{ left: `${x}px`, top: `${y + 16}px`, transform: right ? "translateX(-100%)" : undefined }} aria-hidden="true">
      <strong>{span?.request === undefined ? stateText(lane, span) : requestText(span)}</strong>
      {span?.request === undefined ? null : <span class="mono">{span.request.requestId}</span>}
      <span>
        environment <span class="mono">{lane.environmentId.slice(0, 12)}</span> · {lane.version}
        {lane.initializationType === "on-demand" ? "" : ` · ${lane.initializationType}`}
      </span>
      {span === undefined ? (
        <span>{lane.invocations} invocations seen</span>
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
  return STATES[span?.state ?? (lane.stoppedAt === Infinity ? "idle" : "stopped")] ?? "Idle";
}

function requestText({ request }: Span): string {
  const { cold, status = "running", provisioned } = request!;
  const how = { running: "Running", success: "Succeeded", failure: "Failed", error: "Failed", timeout: "Timed out" }[status];
  return `${how}${cold ? " · cold start" : provisioned ? " · provisioned" : " · warm"}`;
}
