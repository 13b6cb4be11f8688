import type { FunctionId } from "@lambdock/model/arn";
import { zipsOf, type FunctionContent, type FunctionRecord } from "@lambdock/model/function-record";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import { changeFunction } from "./function-changes.ts";
import { requireUpdatable, updateBegun } from "./transitions.ts";

/** An update of code or configuration. */
export interface Update {
  readonly id: FunctionId;
  /** The caller's RevisionId precondition. */
  readonly expectedRevisionId: string | undefined;
  /** The new content from what is stored now; throws AwsError when that can't be updated so. */
  readonly change: (latest: FunctionContent) => FunctionContent;
}

/** Stores the update and begins its preparation. Answers the record as the API shows it now. */
export async function beginUpdate(parts: ControlPlaneParts, { id, expectedRevisionId, change }: Update): Promise<FunctionRecord> {
  const { before, after } = await changeFunction(parts.functions, id, (record) => {
    requireUpdatable(record, expectedRevisionId);
    return updateBegun(record, change(record.Latest), parts.newId());
  });
  parts.preparation.begin(after);
  // Nothing ever ran the content of an update that failed: now nobody needs it.
  if (before.Serving !== undefined) await parts.usage.release(before.Latest.ContentId, zipsOf(before.Latest), parts.clock.now());
  return after;
}
