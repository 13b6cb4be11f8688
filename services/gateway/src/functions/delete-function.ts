import { functionArn, type FunctionId } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import { zipsOf } from "@lambdock/model/function-record";
import type { Operation, RequestContext } from "../operation.ts";
import { deleteVersion } from "../versions/delete-version.ts";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import { addressOf, functionNotFound, isAliasName } from "@lambdock/directory/function-address";
import { LATEST } from "@lambdock/directory/spec";

/**
 * DeleteFunction: record, versions, aliases, tags, policies and concurrency settings go; environments
 * end, busy ones after their invocation. With a qualifier only that version goes.
 */
export function deleteFunction(parts: ControlPlaneParts): Operation {
  return async (input: { readonly FunctionName: string; readonly Qualifier?: string }, { scope }: RequestContext) => {
    const { id, qualifier } = addressOf(scope, input.FunctionName, input.Qualifier);
    if (qualifier !== undefined && isAliasName(qualifier)) throw invalidParameter("Deletion of aliases is not currently supported.");
    if (qualifier === LATEST) throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
    if (qualifier === undefined) await remove(parts, id);
    else await deleteVersion(parts, id, qualifier);
    return { StatusCode: 204 };
  };
}

async function remove({ functions, usage, executor, reservationNews, clock, logger }: ControlPlaneParts, id: FunctionId): Promise<void> {
  const arn = functionArn(id);
  const deleted = await functions.delete(id);
  if (deleted === undefined) throw functionNotFound(arn);
  const { record, versions } = deleted;
  // First, or what was provisioned would be allocated again.
  await reservationNews.announce();
  await Promise.all([LATEST, ...versions.map(({ Version }) => Version)].map((version) => executor.retire(arn, version))).catch(
    (error: unknown) => logger.warn("environments of a deleted function could not be retired", { function: arn, cause: error }),
  );
  const contents = [record.Latest, ...(record.Serving === undefined ? [] : [record.Serving]), ...versions.map(({ Content }) => Content)];
  for (const content of contents) await usage.release(content.ContentId, zipsOf(content), clock.now());
}
