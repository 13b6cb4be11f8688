import { isVisible } from "../../../src/live/lanes.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { clock, count, duration } from "../../parts/format.ts";
import { href } from "../../router.ts";
import { picture, tick } from "../../state/live.ts";
import { enterScopeOf } from "../../state/scope.ts";
import { stateWord } from "./state-words.ts";
import { viewEnd, windowMs } from "./view.ts";

/** Rows that a page shows: more nobody reads. */
const ROWS_MAX = 300;

/** The live picture as a table. */
export function LaneTable({ functionArn }: { readonly functionArn?: string }) {
  const _revision = tick.value;
  const from = viewEnd() - windowMs.value;
  const owners = [...picture.functions.values()].filter((owner) => functionArn === undefined || owner.functionArn === functionArn);
  const rows = owners.flatMap((owner) =>
    [...owner.lanes.values()].filter((lane) => isVisible(lane, from)).map((lane) => ({ owner, lane })),
  );
  return (
    <DataTable
      caption="Execution environments"
      columns={[
        "Environment",
        ...(functionArn === undefined ? ["Function"] : []),
        "Version",
        "State",
        "Since",
        { title: "Invocations", class: "number" },
        "Last request",
        { title: "Took", class: "number" },
      ]}
      foot={
        <>
          {rows.length > ROWS_MAX ? <p class="table-more">{count(rows.length - ROWS_MAX)} more are not listed.</p> : null}
          {rows.length === 0 ? <p class="table-more">No environment is alive.</p> : null}
        </>
      }
    >
      {rows.slice(0, ROWS_MAX).map(({ owner, lane }) => {
        const last = lane.spans.findLast((span) => span.request !== undefined)?.request;
        return (
          <tr key={lane.environmentId}>
            <td class="mono">{lane.environmentId.slice(0, 12)}</td>
            {functionArn === undefined ? (
              <td class="name">
                <a href={href(["functions", owner.name])} title={owner.functionArn} onClick={() => enterScopeOf(owner.functionArn)}>
                  {owner.name}
                </a>
              </td>
            ) : null}
            <td>{lane.version}</td>
            <td>{stateWord(lane.state)}</td>
            <td>{clock(lane.changedAt, false)}</td>
            <td class="number">{count(lane.invocations)}</td>
            <td class="mono">{last === undefined ? "–" : last.requestId.slice(0, 8)}</td>
            <td class="number">{last?.durationMs === undefined ? "–" : duration(last.durationMs)}</td>
          </tr>
        );
      })}
    </DataTable>
  );
}
