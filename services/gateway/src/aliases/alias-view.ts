import type { AliasRecord } from "@lambdock/model/alias";
import { functionArn, type FunctionId } from "@lambdock/model/arn";

/** AliasConfiguration. */
export function shownAlias(id: FunctionId, { Name, FunctionVersion, Description, RevisionId, RoutingConfig }: AliasRecord): object {
  return {
    AliasArn: functionArn(id, Name),
    Name,
    FunctionVersion,
    Description,
    RevisionId,
    ...(RoutingConfig === undefined ? {} : { RoutingConfig }),
  };
}
