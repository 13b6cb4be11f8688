import { functionArn } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import { zipsOf } from "@lambdock/model/function-record";
import type { Operation, RequestContext } from "../operation.ts";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import { addressOf, functionNotFound, isAliasName } from "@lambdock/directory/function-address";
import { requireFunction } from "./function-changes.ts";
import { LATEST } from "@lambdock/directory/spec";

/** DeleteFunction: record, tags, policies and reserved concurrency go; environments end, busy ones after their invocation. */
export function deleteFunction(parts: ControlPlaneParts): Operation {
  return async (input: { readonly FunctionName: string; readonly Qualifier?: string }, { scope }: RequestContext) => {
    const { id, qualifier } = addressOf(scope, input.FunctionName, input.Qualifier);
    if (qualifier !== undefined && isAliasName(qualifier)) throw invalidParameter("Deletion of aliases is not currently supported.");
    if (qualifier === LATEST) throw invalidParameter("$LATEST version cannot be deleted without deleting the function.");
    // A version that does not exist is deleted silently, if the function exists [recorded].
    if (qualifier !== undefined) await requireFunction(parts.functions, id);
    else await remove(parts, id);
    return { StatusCode: 204 };
  };
}

async function remove(
  { functions, usage, executor, reservationNews, clock, logger }: ControlPlaneParts,
  id: Parameters<typeof functionArn>[0],
): Promise<void> {
  const arn = functionArn(id);
  const deleted = await functions.delete(id);
  if (deleted === undefined) throw functionNotFound(arn);
  await executor
    .retire(arn, LATEST)
    .catch((error: unknown) => logger.warn("environments of a deleted function could not be retired", { function: arn, cause: error }));
  await reservationNews.announce();
  for (const content of deleted.Serving === undefined ? [deleted.Latest] : [deleted.Latest, deleted.Serving]) {
    await usage.release(content.ContentId, zipsOf(content), clock.now());
  }
}
