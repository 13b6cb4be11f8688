import { addressOf, functionNotFound } from "@lambdock/directory/function-address";
import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import { invalidParameter, untypedInvalidParameter } from "@lambdock/model/errors/aws-error";
import type { FunctionStore } from "@lambdock/store/functions";
import type { ReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import type { Operation, RequestContext } from "../operation.ts";
import type { ReservationNews } from "./reservation-news.ts";

/** Reserved concurrency, by function: texts and statuses are those recorded from AWS (functions.md, section 7). */
export interface FunctionConcurrencyParts {
  readonly functions: Pick<FunctionStore, "get">;
  readonly reservedConcurrency: ReservedConcurrencyStore;
  readonly reservationNews: Pick<ReservationNews, "announce">;
  /** `ConcurrentExecutions` of the account. */
  readonly accountConcurrency: number;
  /** What the account keeps for functions without a reservation. */
  readonly unreservedFloor: number;
}

interface FunctionInput {
  readonly FunctionName: string;
}

/** PutFunctionConcurrency; holds from the next invocation on, what runs is left to finish. */
export function putFunctionConcurrency(parts: FunctionConcurrencyParts): Operation {
  const { reservedConcurrency, reservationNews, accountConcurrency, unreservedFloor } = parts;
  const claimedMax = accountConcurrency - unreservedFloor;
  return async (input: FunctionInput & { readonly ReservedConcurrentExecutions: number }, { scope, now }: RequestContext) => {
    const id = functionOf(scope, input.FunctionName);
    const reserved = input.ReservedConcurrentExecutions;
    const outcome = await reservedConcurrency.put(id, reserved, { claimedMax, now });
    if (outcome.kind === "gone") throw missing(id);
    if (outcome.kind === "over") {
      throw untypedInvalidParameter(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedFloor}].`,
      );
    }
    if (outcome.kind === "below-provisioned") {
      // The spaces are AWS's own [recorded].
      throw untypedInvalidParameter(
        ` ReservedConcurrentExecutions  ${reserved} should not be lower than function's total provisioned concurrency [${outcome.provisioned}].`,
      );
    }
    await reservationNews.announce();
    return { ReservedConcurrentExecutions: reserved };
  };
}

/** GetFunctionConcurrency; without a reservation the answer has no members. */
export function getFunctionConcurrency({ functions, reservedConcurrency }: FunctionConcurrencyParts): Operation {
  return async (input: FunctionInput, { scope }: RequestContext) => {
    const id = functionOf(scope, input.FunctionName);
    const [record, reserved] = await Promise.all([functions.get(id), reservedConcurrency.get(id)]);
    if (record === undefined) throw missing(id);
    return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
  };
}

/** DeleteFunctionConcurrency; also of a function that has none. */
export function deleteFunctionConcurrency({ reservedConcurrency, reservationNews }: FunctionConcurrencyParts): Operation {
  return async (input: FunctionInput, { scope }: RequestContext) => {
    const id = functionOf(scope, input.FunctionName);
    const outcome = await reservedConcurrency.delete(id);
    if (outcome === "gone") throw missing(id);
    if (outcome === "changed") await reservationNews.announce();
    return {};
  };
}

/** A function, by name or unqualified ARN; `$LATEST` is refused like any other qualifier [recorded]. */
function functionOf(scope: Scope, functionName: string): FunctionId {
  const { id, qualifier } = addressOf(scope, functionName);
  if (qualifier === undefined) return id;
  throw invalidParameter(
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
  );
}

/** AWS names the version here, although none was asked for [recorded]. */
function missing(id: FunctionId): Error {
  return functionNotFound(functionArn(id, "$LATEST"));
}
