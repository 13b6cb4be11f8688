import { addressOf } from "@lambdock/directory/function-address";
import { LATEST } from "@lambdock/directory/spec";
import type { FunctionId, Scope } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import type { MappingParts } from "./mapping-parts.ts";

/** The function of a mapping. */
export interface MappedFunction {
  readonly id: FunctionId;
  readonly qualifier?: string;
  readonly timeoutSeconds: number;
}

/** Resolves a `FunctionName`; a function, version or alias that does not exist is 400 here, not 404 [recorded]. */
export async function mappedFunction({ functions }: Pick<MappingParts, "functions">, scope: Scope, name: string): Promise<MappedFunction> {
  const { id, qualifier } = addressOf(scope, name);
  const record = await functions.get(id);
  // A function has neither versions nor aliases yet.
  if (record === undefined || (qualifier ?? LATEST) !== LATEST) throw invalidParameter("Function does not exist");
  return { id, timeoutSeconds: record.Latest.Timeout, ...(qualifier === undefined ? {} : { qualifier }) };
}
