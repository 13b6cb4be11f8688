import { useState } from "preact/hooks";
import { listFunctions, type FunctionConfiguration } from "../../api/lambda.ts";
import { Badge, Empty, ErrorNote, PageHead } from "../../parts/basics.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { bytes, count, relative } from "../../parts/format.ts";
import { Elsewhere } from "./elsewhere.tsx";
import { go, href } from "../../router.ts";
import { serverNow } from "../../state/facts.ts";
import { functionStates, learnStates } from "../../state/function-states.ts";
import { picture, tick } from "../../state/live.ts";
import { usePolled } from "../../state/polled.ts";
import { account, region } from "../../state/scope.ts";

async function list(): Promise<readonly FunctionConfiguration[]> {
  const listed = await listFunctions();
  void learnStates(listed);
  return listed;
}

/** Every function of the account in the region. */
export function FunctionsPage() {
  const { value, error } = usePolled(list, 3_000, `${account.value} ${region.value}`);
  const [search, setSearch] = useState("");
  const all = value.value;
  const shown = all?.filter(({ FunctionName }) => FunctionName.toLowerCase().includes(search.toLowerCase()));
  return (
    <div class="page">
      <PageHead title="Functions" sub={all === undefined ? undefined : `${count(all.length)} in ${region.value}`}>
        <input
          type="search"
          class="search"
          placeholder="Search by name"
          aria-label="Search by name"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </PageHead>
      <ErrorNote message={error.value} />
      {all?.length === 0 ? <NoFunctions /> : null}
      {shown !== undefined && all!.length > 0 ? <FunctionTable functions={shown} search={search} /> : null}
    </div>
  );
}

function NoFunctions() {
  return (
    <Empty icon="functions" title="There is no function here yet">
      <p>
        Deploy one with the AWS CLI, an SDK or your own tools, which talk to <span class="mono">{location.origin}</span> as if it were AWS.
        Or take the <a href={href(["tour"])}>tour</a>, which brings three.
      </p>
      <pre class="code" tabIndex={0} aria-label="Commands that create a function">{`export AWS_ENDPOINT_URL=${location.origin}
export AWS_REGION=${region.value} AWS_DEFAULT_REGION=${region.value}
export AWS_ACCESS_KEY_ID=${account.value} AWS_SECRET_ACCESS_KEY=any
aws lambda create-function --function-name hello --runtime nodejs24.x \\
  --handler index.handler --zip-file fileb://function.zip \\
  --role arn:aws:iam::${account.value}:role/any`}</pre>
      <Elsewhere />
    </Empty>
  );
}

/** Rows at once; searching narrows more. */
const ROWS_MAX = 500;

function FunctionTable({ functions, search }: { readonly functions: readonly FunctionConfiguration[]; readonly search: string }) {
  const _revision = tick.value;
  const rows = functions.toSorted((one, other) => one.FunctionName.localeCompare(other.FunctionName)).slice(0, ROWS_MAX);
  return (
    <DataTable
      caption="Functions"
      columns={[
        "Name",
        "State",
        { title: "Environments", class: "number" },
        { title: "Running", class: "number" },
        { title: "Runtime", class: "minor" },
        { title: "Memory", class: "number minor" },
        { title: "Timeout", class: "number minor" },
        { title: "Code", class: "number minor" },
        { title: "Changed", class: "minor" },
      ]}
      foot={
        <>
          {functions.length === 0 ? <p class="table-more">No function is named like "{search}".</p> : null}
          {functions.length > ROWS_MAX ? <p class="table-more">{count(functions.length - ROWS_MAX)} more: search by name.</p> : null}
        </>
      }
    >
      {rows.map((each) => (
        <FunctionRow key={each.FunctionArn} configuration={each} />
      ))}
    </DataTable>
  );
}

function FunctionRow({ configuration: each }: { readonly configuration: FunctionConfiguration }) {
  const _revision = tick.value;
  const live = picture.functions.get(each.FunctionArn.replace(/:\$LATEST$/, ""));
  const alive = live === undefined ? 0 : [...live.lanes.values()].filter((lane) => lane.stoppedAt === Infinity).length;
  return (
    <tr class="link" onClick={() => go(["functions", each.FunctionName])}>
      <td class="name">
        <a href={href(["functions", each.FunctionName])} title={each.FunctionName} onClick={(event) => event.stopPropagation()}>
          {each.FunctionName}
        </a>
      </td>
      <td>
        <StateBadge configuration={functionStates.value.get(each.FunctionArn) ?? each} />
      </td>
      <td class="number">{alive === 0 ? "–" : count(alive)}</td>
      <td class="number">{live === undefined || live.running === 0 ? "–" : count(live.running)}</td>
      <td class="minor">{each.Runtime ?? (each.PackageType === "Image" ? "image" : "–")}</td>
      <td class="number minor">{each.MemorySize} MB</td>
      <td class="number minor">{each.Timeout} s</td>
      <td class="number minor">{bytes(each.CodeSize)}</td>
      <td class="minor" title={each.LastModified}>
        {relative(Date.parse(each.LastModified), serverNow())}
      </td>
    </tr>
  );
}

/** The state of a function as a word in its colour; a dash while it is not known. */
export function StateBadge({ configuration: { State, LastUpdateStatus } }: { readonly configuration: FunctionConfiguration }) {
  if (State === undefined) return <>–</>;
  if (State === "Failed" || LastUpdateStatus === "Failed")
    return <Badge tone="bad">{State === "Failed" ? "Failed" : "Update failed"}</Badge>;
  if (State === "Pending") return <Badge tone="warn">Pending</Badge>;
  if (LastUpdateStatus === "InProgress") return <Badge tone="warn">Updating</Badge>;
  return <Badge tone={State === "Active" ? "good" : "neutral"}>{State}</Badge>;
}
