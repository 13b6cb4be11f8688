import { CODE_STORAGE_BYTES_MAX, UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX } from "@lambdock/model/limits";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import type { Operation, RequestContext } from "../operation.ts";

/** GetAccountSettings. */
export function getAccountSettings({ functions, usage, accountConcurrency }: ControlPlaneParts): Operation {
  return async (_input: object, { scope }: RequestContext) => {
    const [TotalCodeSize, FunctionCount] = await Promise.all([usage.totalBytes(scope), functions.count(scope)]);
    return {
      AccountLimit: {
        TotalCodeSize: CODE_STORAGE_BYTES_MAX,
        CodeSizeUnzipped: UNZIPPED_BYTES_MAX,
        CodeSizeZipped: ZIP_BYTES_MAX,
        ConcurrentExecutions: accountConcurrency,
        // No function can reserve concurrency yet, so all of it is unreserved.
        UnreservedConcurrentExecutions: accountConcurrency,
      },
      AccountUsage: { TotalCodeSize, FunctionCount },
    };
  };
}
