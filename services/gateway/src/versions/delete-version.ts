import { functionNotFound } from "@lambdock/directory/function-address";
import { functionArn, type FunctionId } from "@lambdock/model/arn";
import { conflict } from "@lambdock/model/errors/aws-error";
import { zipsOf } from "@lambdock/model/function-record";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";

/** Deletes a published version; one that does not exist is deleted silently, if the function exists [recorded]. */
export async function deleteVersion(parts: ControlPlaneParts, id: FunctionId, version: string): Promise<void> {
  const { versions, usage, executor, clock, logger } = parts;
  const outcome = await versions.delete(id, version);
  if (outcome.kind === "gone") throw functionNotFound(functionArn(id));
  if (outcome.kind === "none") return;
  if (outcome.kind === "aliased")
    throw conflict(`Unable to delete version because the following aliases reference it: [${outcome.aliases.join(", ")}]`);
  // First, or what is provisioned for it would be allocated again.
  await parts.onQualifierChange(id, version);
  await executor
    .retire(functionArn(id), version)
    .catch((error: unknown) =>
      logger.warn("environments of a deleted version could not be retired", { version: functionArn(id, version), cause: error }),
    );
  const { Content } = outcome.record;
  await usage.release(Content.ContentId, zipsOf(Content), clock.now());
}
