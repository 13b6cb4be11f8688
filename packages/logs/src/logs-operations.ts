import type { Redis } from "ioredis";
import { DEFAULT_LOG_BOUNDS, type LogBounds } from "./log-bounds.ts";
import { createLogStore } from "./log-store.ts";
import { LogsError } from "./logs-error.ts";
import type { LogsOperation } from "./operations/context.ts";
import { filterOperations } from "./operations/filter-log-events.ts";
import { getOperations } from "./operations/get-log-events.ts";
import { groupOperations } from "./operations/groups.ts";
import { OPERATION_NAMES } from "./operations/operation-names.ts";
import { putOperations } from "./operations/put-log-events.ts";
import { streamOperations } from "./operations/streams.ts";
import { tagOperations } from "./operations/tagging.ts";

export interface LogsOperationsOptions {
  readonly redis: Redis;
  /** The same as the log sink's. */
  readonly bounds?: LogBounds;
}

/**
 * CloudWatch Logs, JSON 1.1: operations by their name in `X-Amz-Target: Logs_20140328.<name>`.
 * Those of the API that are not built throw a LogsError (501) that names them; a name that is not
 * in the table is no operation at all.
 */
export function createLogsOperations({
  redis,
  bounds = DEFAULT_LOG_BOUNDS,
}: LogsOperationsOptions): Readonly<Record<string, LogsOperation>> {
  const store = createLogStore(redis, bounds);
  const missing = Object.fromEntries(OPERATION_NAMES.map((name) => [name, notBuilt(name)]));
  return {
    ...missing,
    ...groupOperations(store),
    ...tagOperations(store),
    ...streamOperations(store),
    ...putOperations(store),
    ...getOperations(store),
    ...filterOperations(store),
  };
}

function notBuilt(name: string): LogsOperation {
  return () =>
    Promise.reject(new LogsError("NotImplementedException", `Lambdock does not implement the CloudWatch Logs operation ${name}.`, 501));
}
