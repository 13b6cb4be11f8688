import { functionNotFound, unqualifiedAddressOf } from "@lambdock/directory/function-address";
import type { RecursiveLoop } from "@lambdock/model/lineage";
import type { FunctionStore } from "@lambdock/store/functions";
import type { RecursionConfigStore } from "@lambdock/store/recursion-configs";
import type { Operation, RequestContext } from "../operation.ts";

/** Recursive loop detection, by function: on unless somebody allows the loop. */
export interface RecursionConfigParts {
  readonly functions: Pick<FunctionStore, "get">;
  readonly recursionConfigs: RecursionConfigStore;
}

/** GetFunctionRecursionConfig. */
export function getFunctionRecursionConfig({ functions, recursionConfigs }: RecursionConfigParts): Operation {
  return async (input: { readonly FunctionName: string }, { scope }: RequestContext) => {
    const { id, arn } = unqualifiedAddressOf(scope, input.FunctionName);
    if ((await functions.get(id)) === undefined) throw functionNotFound(arn);
    return { RecursiveLoop: await recursionConfigs.get(id) };
  };
}

/** PutFunctionRecursionConfig; holds from the next invocation on. */
export function putFunctionRecursionConfig({ recursionConfigs }: RecursionConfigParts): Operation {
  return async (input: { readonly FunctionName: string; readonly RecursiveLoop: RecursiveLoop }, { scope }: RequestContext) => {
    const { id, arn } = unqualifiedAddressOf(scope, input.FunctionName);
    if (!(await recursionConfigs.put(id, input.RecursiveLoop))) throw functionNotFound(arn);
    return { RecursiveLoop: input.RecursiveLoop };
  };
}
