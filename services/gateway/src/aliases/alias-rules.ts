import { functionNotFound } from "@lambdock/directory/function-address";
import { versionsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";
import { LATEST } from "@lambdock/directory/spec";
import { routesOf, type AliasRecord, type AliasRouting } from "@lambdock/model/alias";
import { functionArn, type FunctionId } from "@lambdock/model/arn";
import { invalidParameter, untypedInvalidParameter } from "@lambdock/model/errors/aws-error";
import type { FunctionContent } from "@lambdock/model/function-record";

/** What an alias may point to, in AWS's words [recorded]. Weights and version numbers were checked with the API model. */

/** `RoutingConfig` as callers give it. */
export interface RoutingInput {
  readonly AdditionalVersionWeights?: Readonly<Record<string, number>>;
}

/** The routing to store; none for an empty one. Throws unless it adds at most one version. */
export function routingOf(input: RoutingInput | undefined): AliasRouting | undefined {
  const weights = Object.entries(input?.AdditionalVersionWeights ?? {});
  if (weights.length > 1) throw invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
  return weights.length === 0 ? undefined : { AdditionalVersionWeights: Object.fromEntries(weights) };
}

/** Throws when an alias can't have that routing. */
export function checkRouting({ FunctionVersion, RoutingConfig }: Pick<AliasRecord, "FunctionVersion" | "RoutingConfig">): void {
  if (RoutingConfig === undefined) return;
  if (FunctionVersion === LATEST) throw untypedInvalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
  if (FunctionVersion in RoutingConfig.AdditionalVersionWeights)
    throw invalidParameter(
      `Invalid function version ${FunctionVersion}. Function version ${FunctionVersion} is already included in routing configuration.`,
    );
}

/** Throws 404 for a version that does not exist, and when the two versions of a routing can't take each other's requests. */
export async function checkVersions(
  stores: QualifiedStores,
  id: FunctionId,
  alias: Pick<AliasRecord, "FunctionVersion" | "RoutingConfig">,
): Promise<void> {
  const contents = await Promise.all(routesOf(alias).map(({ version }) => contentOf(stores, id, version)));
  const [one, other] = contents;
  if (one === undefined || other === undefined) return;
  // Recorded by users of AWS; its words for the queue are not known.
  if (one.Role !== other.Role) throw invalidParameter("Specified versions must be associated with the same execution role");
  if (one.DeadLetterConfig?.TargetArn !== other.DeadLetterConfig?.TargetArn)
    throw invalidParameter("Specified versions must be associated with the same dead letter queue");
}

async function contentOf(stores: QualifiedStores, id: FunctionId, version: string): Promise<FunctionContent> {
  const behind = /^(\$LATEST|\d+)$/.test(version) ? await versionsBehind(stores, id, version) : undefined;
  if (behind === undefined) throw functionNotFound(functionArn(id, version));
  return behind[0].content;
}
