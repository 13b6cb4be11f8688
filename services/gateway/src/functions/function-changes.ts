import { functionArn, type FunctionId } from "@lambdock/model/arn";
import type { FunctionRecord } from "@lambdock/model/function-record";
import { idOf, type FunctionStore } from "@lambdock/store/functions";
import { functionNotFound } from "@lambdock/directory/function-address";

/** Reads a record; throws 404 under that ARN when there is none. */
export async function requireFunction(functions: FunctionStore, id: FunctionId, arn = functionArn(id)): Promise<FunctionRecord> {
  const record = await functions.get(id);
  if (record === undefined) throw functionNotFound(arn);
  return record;
}

/** A function before and after a change. */
export interface ChangedFunction {
  readonly before: FunctionRecord;
  readonly after: FunctionRecord;
}

/**
 * Changes a record by compare-and-set. `change` checks and computes on what is stored now, and
 * runs again when another writer came between. Throws 404 when the function does not exist.
 */
export async function changeFunction(
  functions: FunctionStore,
  id: FunctionId,
  change: (record: FunctionRecord) => FunctionRecord,
): Promise<ChangedFunction> {
  for (;;) {
    const before = await requireFunction(functions, id);
    const after = change(before);
    const outcome = await functions.replace(after, before.RevisionId);
    if (outcome === "replaced") return { before, after };
    if (outcome === "gone") throw functionNotFound(functionArn(id));
  }
}

/** Function records whose writes and reads are reported in this process as soon as they are known. */
export function observedFunctions(
  functions: FunctionStore,
  observer: { written(id: FunctionId): void; seen(record: FunctionRecord): void },
): FunctionStore {
  const reporting = async <Result>(id: FunctionId, write: Promise<Result>): Promise<Result> => {
    try {
      return await write;
    } finally {
      // Also after a failure: a write whose answer was lost may have happened.
      observer.written(id);
    }
  };
  return {
    ...functions,
    create: (record, tags) => reporting(idOf(record), functions.create(record, tags)),
    replace: (record, expected) => reporting(idOf(record), functions.replace(record, expected)),
    delete: (id) => reporting(id, functions.delete(id)),
    async get(id) {
      const record = await functions.get(id);
      if (record !== undefined) observer.seen(record);
      return record;
    },
  };
}
