import { addressOf, functionNotFound } from "@lambdock/directory/function-address";
import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import { unreservedFloor } from "@lambdock/model/reserved-concurrency";
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
}

interface FunctionInput {
  readonly FunctionName: string;
}

/** PutFunctionConcurrency; holds from the next invocation on, what runs is left to finish. */
export function putFunctionConcurrency(parts: FunctionConcurrencyParts): Operation {
  const { reservedConcurrency, reservationNews, accountConcurrency } = parts;
  const floor = unreservedFloor(accountConcurrency);
  return async (input: FunctionInput & { readonly ReservedConcurrentExecutions: number }, { scope, now }: RequestContext) => {
    const id = functionOf(scope, input.FunctionName);
    const reserved = input.ReservedConcurrentExecutions;
    const outcome = await reservedConcurrency.put(id, reserved, { allReservedMax: accountConcurrency - floor, now });
    if (outcome === "gone") throw missing(id);
    if (outcome === "over") {
      throw invalidParameter(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${floor}].`,
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
