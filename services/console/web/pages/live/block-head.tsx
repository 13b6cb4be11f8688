import type { Block } from "../../../src/live/layout.ts";
import { count } from "../../parts/format.ts";
import { href } from "../../router.ts";
import { limitsOf } from "../../state/limits.ts";
import { enterScopeOf } from "../../state/scope.ts";

export interface BlockHeadProps {
  readonly block: Block;
  readonly top: number;
  readonly height: number;
  /** It stands alone, on the function's own page. */
  readonly single: boolean;
}

/** A function's heading over its lanes: its name, and how much of its concurrency it uses. */
export function BlockHead({ block: { owner, lanes }, top, height, single }: BlockHeadProps) {
  const { reserved, provisioned } = limitsOf(owner.name);
  const alive = lanes.filter((lane) => lane.stoppedAt === Infinity).length;
  return (
    <div class="block-head" style={{ top: `${top}px`, height: `${height - 8}px` }}>
      {single ? (
        <span class="grow-only" />
      ) : (
        <a href={href(["functions", owner.name])} title={owner.functionArn} onClick={() => enterScopeOf(owner.functionArn)}>
          {owner.name}
        </a>
      )}
      <span class="block-figures">
        <span title="Execution environments alive">
          <b>{count(alive)}</b> env
        </span>
        <span
          title={
            reserved === undefined ? "Invocations running now" : "Invocations running now, of the concurrency that the function reserved"
          }
        >
          <b>{count(owner.running)}</b>
          {reserved === undefined ? "" : ` / ${count(reserved)}`} running
        </span>
        {reserved === undefined ? null : <Meter value={owner.running} max={reserved} label="reserved concurrency in use" />}
        {provisioned === undefined ? null : (
          <span title="Running on provisioned concurrency">
            <b>{count(owner.provisionedRunning)}</b> / {count(provisioned)} provisioned
          </span>
        )}
        {owner.throttled === 0 ? null : (
          <span class="text-bad" title="Throttled since this page was opened">
            <b>{count(owner.throttled)}</b> throttled
          </span>
        )}
      </span>
    </div>
  );
}

/** A short bar: how much of a limit is used. */
function Meter({ value, max, label }: { readonly value: number; readonly max: number; readonly label: string }) {
  const share = max === 0 ? 1 : Math.min(1, value / max);
  return (
    <span
      class={share >= 1 ? "meter full" : "meter"}
      role="meter"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={max}
    >
      <i style={{ width: `${share * 100}%` }} />
    </span>
  );
}
