import { useEffect, useState } from "preact/hooks";
import { Empty, PageHead } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";
import { href, route } from "../../router.ts";
import { picture, tick } from "../../state/live.ts";
import { watchLimits } from "../../state/limits.ts";
import { Charts } from "./charts.tsx";
import { LaneTable } from "./lane-table.tsx";
import { Lanes } from "./lanes.tsx";
import { Tiles } from "./tiles.tsx";
import { LanesLegend, LanesToolbar } from "./toolbar.tsx";

/** The live picture: what every execution environment does now. */
export function LivePage() {
  const [table, setTable] = useState(false);
  useEffect(watchLimits, []);
  const isEmpty =
    tick.value >= 0 && [...picture.functions.values()].every((owner) => owner.lanes.size === 0 && owner.throttles.length === 0);
  const request = route.value.query.get("request");
  return (
    <div class="page page-live">
      <PageHead title="Live">
        <LanesToolbar />
        <button type="button" class={table ? "button on" : "button"} aria-pressed={table} onClick={() => setTable(!table)}>
          <Icon name="table" size={16} />
          Table
        </button>
      </PageHead>
      <Tiles />
      <Charts />
      {isEmpty ? <NothingYet /> : table ? <LaneTable /> : <Lanes {...(request === null ? {} : { requestId: request })} />}
      {table || isEmpty ? null : <LanesLegend />}
    </div>
  );
}

function NothingYet() {
  return (
    <Empty icon="live" title="No execution environment is alive">
      <p>
        Invoke a function and watch: each lane is one environment, its colours what it does. Or take the <a href={href(["tour"])}>tour</a>,
        which brings functions of its own.
      </p>
    </Empty>
  );
}
