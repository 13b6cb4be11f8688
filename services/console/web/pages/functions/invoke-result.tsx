import { reportOf, type RunReport } from "../../../src/live/report-line.ts";
import type { Invoked } from "../../api/lambda.ts";
import { Badge, Code, Copyable, Empty, Facts } from "../../parts/basics.tsx";
import { duration, pretty } from "../../parts/format.ts";
import { href } from "../../router.ts";

/** What an invocation answered. */
export function InvokeResult({ name, result }: { readonly name: string; readonly result: Invoked | undefined }) {
  if (result === undefined)
    return (
      <section class="panel">
        <Empty icon="send" title="The answer appears here">
          With the end of its log, its durations, and whether it was a cold start.
        </Empty>
      </section>
    );
  const report = reportOf(result.log ?? "");
  return (
    <section class="panel stack" aria-live="polite" aria-label="Answer">
      <div class="row">
        <Outcome result={result} report={report} />
      </div>
      <Facts rows={factsOf(result, report)} />
      {result.status === 202 ? (
        <p>
          Accepted: what becomes of it is told under <a href={href(["async"], { function: name, event: result.requestId })}>Async</a>.
        </p>
      ) : null}
      {result.payload === "" ? null : (
        <div class="stack tight">
          <h3>{result.functionError === undefined ? "Answer" : "Error"}</h3>
          <Code text={pretty(result.payload)} label="Payload" />
        </div>
      )}
      {result.log === undefined ? null : (
        <div class="stack tight">
          <div class="row spread">
            <h3>End of the log</h3>
            <a href={href(["functions", name, "logs"], { search: `"${result.requestId}"` })}>All of this request</a>
          </div>
          <Code text={result.log} label="Log" />
        </div>
      )}
    </section>
  );
}

function Outcome({ result, report }: { readonly result: Invoked; readonly report: RunReport | undefined }) {
  if (result.status === 202) return <Badge tone="good">202 accepted</Badge>;
  if (result.status === 204) return <Badge tone="good">204 may be invoked</Badge>;
  return (
    <>
      {result.functionError === undefined ? (
        <Badge tone="good">{result.status} succeeded</Badge>
      ) : (
        <Badge tone="bad">Function error: {result.functionError}</Badge>
      )}
      {report === undefined ? null : report.initMs === undefined ? <Badge>Warm</Badge> : <Badge tone="warn">Cold start</Badge>}
    </>
  );
}

function factsOf(result: Invoked, report: RunReport | undefined) {
  const rows: (readonly [string, preact.ComponentChildren])[] = [];
  if (report?.durationMs !== undefined)
    rows.push([
      "Duration",
      `${duration(report.durationMs)}${report.billedMs === undefined ? "" : `, billed ${duration(report.billedMs)}`}`,
    ]);
  if (report?.initMs !== undefined) rows.push(["Init", duration(report.initMs)]);
  if (report?.usedMb !== undefined) rows.push(["Memory", `${report.usedMb} of ${report.memoryMb ?? "?"} MB`]);
  rows.push(["From here and back", duration(result.roundTripMs)]);
  if (result.executedVersion !== undefined) rows.push(["Version", result.executedVersion]);
  rows.push(["Request", <Copyable text={result.requestId} />]);
  return rows;
}
