import { CODE_STORAGE_BYTES_MAX, UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX } from "@lambdock/model/limits";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import type { Operation, RequestContext } from "../operation.ts";

/** GetAccountSettings. */
export function getAccountSettings({ functions, usage, reservedConcurrency, accountConcurrency }: ControlPlaneParts): Operation {
  return async (_input: object, { scope }: RequestContext) => {
    const [TotalCodeSize, FunctionCount, claimed] = await Promise.all([
      usage.totalBytes(scope),
      functions.count(scope),
      reservedConcurrency.claimed(scope),
    ]);
    return {
      AccountLimit: {
        TotalCodeSize: CODE_STORAGE_BYTES_MAX,
        CodeSizeUnzipped: UNZIPPED_BYTES_MAX,
        CodeSizeZipped: ZIP_BYTES_MAX,
        ConcurrentExecutions: accountConcurrency,
        // Net of reservations, and of what is provisioned for functions without one. Less than nothing only after the account's concurrency was configured anew.
        UnreservedConcurrentExecutions: Math.max(0, accountConcurrency - claimed),
      },
      AccountUsage: { TotalCodeSize, FunctionCount },
    };
  };
}
