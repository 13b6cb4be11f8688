/**
 * What a metric is about, as AWS's dimensions and as a row's id in Redis. Rows of one function are
 * nested: what happens to an executed version of an alias happens to the alias, the function and the account.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
 */

/** CloudWatch's `Dimension`. */
export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** `` account · `f/NAME` · `r/NAME[:QUALIFIER]` · `v/NAME:ALIAS/VERSION` · `m/UUID`. */
export type RowId = string;

/** The row of the account as a whole: no dimensions. */
export const ACCOUNT_ROW: RowId = "";

/** `FunctionName`. */
export const functionRow = (name: string): RowId => `f/${name}`;

/** `FunctionName` and `Resource`; an unqualified invocation's resource is the function's name. */
export const resourceRow = (name: string, qualifier: string | undefined): RowId => `r/${resourceOf(name, qualifier)}`;

/** `FunctionName`, `Resource` and `ExecutedVersion`: a version that ran for an alias. */
export const executedRow = (name: string, alias: string, version: string): RowId => `v/${name}:${alias}/${version}`;

/** `EventSourceMappingUUID`. */
export const mappingRow = (uuid: string): RowId => `m/${uuid}`;

/** The value of `Resource`. */
export function resourceOf(name: string, qualifier: string | undefined): string {
  return qualifier === undefined || qualifier === "$LATEST" ? name : `${name}:${qualifier}`;
}

/** The rows to which everything of this row belongs too, the nearest first. */
export function parentsOf(row: RowId): readonly RowId[] {
  const [kind, resource = ""] = row.split("/");
  const name = resource.split(":")[0]!;
  if (kind === "v") return [`r/${resource}`, `f/${name}`, ACCOUNT_ROW];
  if (kind === "r") return [`f/${name}`, ACCOUNT_ROW];
  return [];
}

/** A row's dimensions, in the order in which ListMetrics tells them. */
export function dimensionsOf(row: RowId): readonly Dimension[] {
  const [kind, first = "", version = ""] = row.split("/");
  const dimension = (Name: string, Value: string): Dimension => ({ Name, Value });
  switch (kind) {
    case "f":
      return [dimension("FunctionName", first)];
    case "r":
      return [dimension("FunctionName", first.split(":")[0]!), dimension("Resource", first)];
    case "v":
      return [dimension("FunctionName", first.split(":")[0]!), dimension("Resource", first), dimension("ExecutedVersion", version)];
    case "m":
      return [dimension("EventSourceMappingUUID", first)];
    default:
      return [];
  }
}

/** The row of these dimensions, in whatever order; `undefined`: no metric has them. */
export function rowOf(dimensions: readonly Dimension[]): RowId | undefined {
  const values = new Map(dimensions.map(({ Name, Value }) => [Name, Value]));
  if (values.size !== dimensions.length) return undefined;
  const [name, resource, version, uuid] = ["FunctionName", "Resource", "ExecutedVersion", "EventSourceMappingUUID"].map((each) =>
    values.get(each),
  );
  const known = [name, resource, version, uuid].filter((value) => value !== undefined).length;
  if (known !== dimensions.length) return undefined;
  if (known === 0) return ACCOUNT_ROW;
  if (uuid !== undefined) return known === 1 ? mappingRow(uuid) : undefined;
  if (name === undefined || (resource !== undefined && resource.split(":")[0] !== name)) return undefined;
  if (resource === undefined) return version === undefined ? functionRow(name) : undefined;
  return version === undefined ? `r/${resource}` : `v/${resource}/${version}`;
}
