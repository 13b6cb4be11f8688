/** `MetricDataQueries` of GetMetricData. */
import { parseStatistic, type Statistic } from "@lambdock/metrics/statistic";
import { CloudWatchError, missing, validation } from "./cloudwatch-error.ts";
import {
  listOf,
  optionalBoolean,
  optionalStructure,
  optionalText,
  pathOf,
  requiredText,
  structuresOf,
  type Input,
  type Member,
} from "./input.ts";
import { idsOf, parseExpression, type Expression } from "./metric-math.ts";
import { metricOf, periodOf, unitOf, type MetricInput } from "./metric-inputs.ts";

/** A query for a metric, checked. */
export interface StatQuery extends QueryFacts {
  readonly kind: "metric";
  readonly metric: MetricInput;
  /** Seconds. */
  readonly period: number;
  readonly stat: string;
  readonly statistic: Statistic;
  readonly unit: string | undefined;
}

/** A query for what becomes of others. */
export interface ExpressionQuery extends QueryFacts {
  readonly kind: "expression";
  readonly expression: Expression;
}

interface QueryFacts {
  readonly id: string;
  readonly label: string | undefined;
  readonly returned: boolean;
}

/** One query. */
export type MetricQuery = StatQuery | ExpressionQuery;

const QUERIES_MAX = 500;
const ID = /^[a-z][a-zA-Z0-9_]*$/;

/** Throws CloudWatchError. */
export function queriesOf(input: Input, accountId: string): readonly MetricQuery[] {
  const member = { input, name: "MetricDataQueries" };
  const count = listOf(member).length;
  if (count === 0) throw missing("MetricDataQueries");
  if (count > QUERIES_MAX) throw validation(`The collection MetricDataQueries must not have a size greater than ${QUERIES_MAX}.`);
  const queries = structuresOf(member).map((at) => queryOf(at, accountId));
  if (new Set(queries.map(({ id }) => id)).size < queries.length)
    throw validation("The values for parameter id in MetricDataQueries are not unique.");
  if (queries.every(({ returned }) => !returned))
    throw validation("At least one of the queries must return data: ReturnData is false in all.");
  refuseLoose(queries);
  return queries;
}

function queryOf(at: { readonly input: Input; readonly path: string }, accountId: string): MetricQuery {
  const member = (name: string): Member => ({ ...at, name });
  const id = requiredText(member("Id"), { min: 1, max: 255 });
  if (!ID.test(id))
    throw validation(`The value ${id} for parameter ${pathOf(member("Id"))} is not matching the expected pattern ${ID.source}.`);
  const expression = optionalText(member("Expression"), { min: 1, max: 2_048 });
  const stat = optionalStructure(member("MetricStat"));
  if (expression !== undefined && stat !== undefined)
    throw validation(
      `The parameters ${pathOf(member("Expression"))} and ${pathOf(member("MetricStat"))} are mutually exclusive and you have specified both.`,
    );
  const account = optionalText(member("AccountId"), { min: 1, max: 255 });
  if (account !== undefined && account !== accountId)
    throw new CloudWatchError(
      "NotImplemented",
      `Lambdock does not implement metrics of other accounts (AccountId ${account}): call with that account's key.`,
    );
  const label = optionalText(member("Label"), { min: 0, max: 2_048 });
  const facts = { id, label, returned: optionalBoolean(member("ReturnData")) ?? true };
  if (expression !== undefined) return { ...facts, kind: "expression", expression: parseExpression(expression, id) };
  if (stat === undefined) throw missing(pathOf(member("MetricStat")));
  return { ...facts, kind: "metric", ...statOf(stat, pathOf(member("MetricStat"))) };
}

function statOf(input: Input, path: string): Pick<StatQuery, "metric" | "period" | "stat" | "statistic" | "unit"> {
  const metric = optionalStructure({ input, path, name: "Metric" });
  if (metric === undefined) throw missing(`${path}.Metric`);
  const stat = requiredText({ input, path, name: "Stat" }, { min: 1, max: 255 });
  const statistic = parseStatistic(stat);
  if (statistic === undefined) throw validation(`The value for parameter ${path}.Stat is not a valid statistic.`);
  return {
    metric: metricOf(metric, `${path}.Metric`),
    period: periodOf({ input, path, name: "Period" }),
    stat,
    statistic,
    unit: unitOf({ input, path, name: "Unit" }),
  };
}

/** Every id that an expression names is a query's, and none needs itself. */
function refuseLoose(queries: readonly MetricQuery[]): void {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const sound = new Set<string>();
  const visit = (query: MetricQuery, above: readonly string[]): void => {
    if (query.kind === "metric" || sound.has(query.id)) return;
    if (above.includes(query.id)) throw validation(`Error in expression '${query.id}' [it depends on itself]`);
    for (const id of idsOf(query.expression)) {
      const needed = byId.get(id);
      if (needed === undefined) throw validation(`Error in expression '${query.id}' [there is no query ${id}]`);
      visit(needed, [...above, query.id]);
    }
    sound.add(query.id);
  };
  for (const query of queries) visit(query, []);
}
