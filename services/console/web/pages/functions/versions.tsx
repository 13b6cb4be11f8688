import { ApiError } from "../../api/http.ts";
import { listAliases, listVersions, type Alias, type FunctionConfiguration } from "../../api/lambda.ts";
import { Empty, ErrorNote } from "../../parts/basics.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { bytes, relative } from "../../parts/format.ts";
import { serverNow } from "../../state/facts.ts";
import { usePolled } from "../../state/polled.ts";

/** What cannot be listed because it is not built is as good as none. */
async function orNone<T>(list: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await list;
  } catch (error) {
    if (error instanceof ApiError && error.status === 501) return [];
    throw error;
  }
}

/** Published versions and the aliases that name them. */
export function Versions({ name }: { readonly name: string }) {
  const { value, error } = usePolled(async () => Promise.all([orNone(listVersions(name)), orNone(listAliases(name))]), 5_000, name);
  const [versions = [], aliases = []] = value.value ?? [];
  const published = versions.filter(({ Version }) => Version !== "$LATEST").toReversed();
  if (value.value !== undefined && published.length === 0 && aliases.length === 0)
    return (
      <Empty icon="functions" title="Nothing is published yet">
        <p>
          <span class="mono">aws lambda publish-version</span> freezes what the function is now under a number; an alias gives a number a
          name.
        </p>
      </Empty>
    );
  return (
    <div class="stack">
      <ErrorNote message={error.value} />
      {aliases.length === 0 ? null : <Aliases aliases={aliases} />}
      {published.length === 0 ? null : <VersionTable versions={published} aliases={aliases} />}
    </div>
  );
}

function Aliases({ aliases }: { readonly aliases: readonly Alias[] }) {
  return (
    <DataTable caption="Aliases" columns={["Alias", "Versions", "Description"]}>
      {aliases.map((alias) => (
        <tr key={alias.Name}>
          <td>{alias.Name}</td>
          <td>{weights(alias)}</td>
          <td class="wide">{alias.Description || "–"}</td>
        </tr>
      ))}
    </DataTable>
  );
}

/** `90 % to 3, 10 % to 4`. */
function weights({ FunctionVersion, RoutingConfig }: Alias): string {
  const others = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
  if (others.length === 0) return FunctionVersion;
  const rest = 1 - others.reduce((sum, [, weight]) => sum + weight, 0);
  return [[FunctionVersion, rest] as const, ...others]
    .map(([version, weight]) => `${Math.round(weight * 1_000) / 10} % to ${version}`)
    .join(", ");
}

function VersionTable({ versions, aliases }: { readonly versions: readonly FunctionConfiguration[]; readonly aliases: readonly Alias[] }) {
  return (
    <DataTable
      caption="Versions"
      columns={["Version", "Aliases", "Runtime", { title: "Code", class: "number" }, "Published", "Description"]}
    >
      {versions.map((version) => (
        <tr key={version.Version}>
          <td>{version.Version}</td>
          <td>
            {aliases
              .filter((alias) => alias.FunctionVersion === version.Version)
              .map(({ Name }) => Name)
              .join(", ") || "–"}
          </td>
          <td>{version.Runtime ?? "image"}</td>
          <td class="number">{bytes(version.CodeSize)}</td>
          <td>{relative(Date.parse(version.LastModified), serverNow())}</td>
          <td class="wide">{version.Description || "–"}</td>
        </tr>
      ))}
    </DataTable>
  );
}
