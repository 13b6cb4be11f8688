import { Empty } from "../../parts/basics.tsx";
import { picture, tick } from "../../state/live.ts";
import { LaneTable } from "../live/lane-table.tsx";
import { Lanes } from "../live/lanes.tsx";
import { LanesLegend, LanesToolbar } from "../live/toolbar.tsx";

/** A function's execution environments, as lanes and as a table. */
export function Environments({ arn }: { readonly arn: string }) {
  const _revision = tick.value;
  const owner = picture.functions.get(arn);
  if (owner === undefined || owner.lanes.size === 0)
    return (
      <Empty icon="live" title="No execution environment is alive">
        The first invocation starts one.
      </Empty>
    );
  return (
    <div class="stack">
      <LanesToolbar />
      <Lanes functionArn={arn} height={heightFor(owner.lanes.size)} />
      <LanesLegend />
      <LaneTable functionArn={arn} />
    </div>
  );
}

/** Pixels: a few lanes need little space. */
export function heightFor(lanes: number): number {
  return Math.min(420, 84 + Math.max(2, lanes) * 20);
}
