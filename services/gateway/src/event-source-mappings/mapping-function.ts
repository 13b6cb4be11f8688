import { addressOf } from "@lambdock/directory/function-address";
import { versionsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";
import type { FunctionId, Scope } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import { shownContent } from "../functions/configuration.ts";

/** The function of a mapping. */
export interface MappedFunction {
  readonly id: FunctionId;
  readonly qualifier?: string;
  /** Of the version behind the qualifier whose timeout is longest. */
  readonly timeoutSeconds: number;
}

/** Resolves a `FunctionName`; a function, version or alias that does not exist is 400 here, not 404 [recorded]. */
export async function mappedFunction(stores: QualifiedStores, scope: Scope, name: string): Promise<MappedFunction> {
  const found = await functionBehind(stores, addressOf(scope, name));
  if (found === undefined) throw invalidParameter("Function does not exist");
  return found;
}

/** The function, version or alias at an address; `undefined` when there is none. */
export async function functionBehind(
  stores: QualifiedStores,
  { id, qualifier }: { readonly id: FunctionId; readonly qualifier?: string },
): Promise<MappedFunction | undefined> {
  const behind = await versionsBehind(stores, id, qualifier);
  if (behind === undefined) return undefined;
  const timeoutSeconds = Math.max(...behind.map(({ record }) => shownContent(record).Timeout));
  return { id, timeoutSeconds, ...(qualifier === undefined ? {} : { qualifier }) };
}
