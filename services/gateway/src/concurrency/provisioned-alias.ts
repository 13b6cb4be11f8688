import { versionsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";
import { LATEST } from "@lambdock/directory/spec";
import { routesOf, type AliasRecord } from "@lambdock/model/alias";
import type { FunctionId } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";

/**
 * The alias with provisioned concurrency as it is stored when it is moved. AWS gives it routing of its own,
 * all requests to the version before, until what is provisioned is initialized for the new one; when that
 * fails the routing stays until somebody clears it. A call that says what routing it wants moves the
 * requests at once [field: hashicorp/terraform-provider-aws#13329 and #48116, gradientedge/cdk-utils#1110].
 */
export function movedAlias(before: AliasRecord, after: AliasRecord, routingGiven: boolean): AliasRecord {
  const from = before.FunctionVersion;
  if (from === after.FunctionVersion) return after;
  if (after.RoutingConfig !== undefined) throw unprovisionable();
  if (routingGiven || from === LATEST) return after;
  return { ...after, RoutingConfig: { AdditionalVersionWeights: { [from]: 1 } }, Moving: true };
}

/** The alias once it has moved: all requests go where it points. */
export function arrivedAlias({ RoutingConfig: _routing, Moving: _moving, ...alias }: AliasRecord, revisionId: string): AliasRecord {
  return { ...alias, RevisionId: revisionId };
}

/** Throws unless what is provisioned for the alias can follow it where it is to point. */
export async function requireProvisionableMove(stores: QualifiedStores, id: FunctionId, alias: AliasRecord): Promise<void> {
  for (const { version } of routesOf(alias)) {
    const [behind] = (await versionsBehind(stores, id, version)) ?? [];
    if (version === LATEST || behind?.content.SnapStart.ApplyOn === "PublishedVersions") throw unprovisionable();
  }
}

function unprovisionable(): Error {
  return invalidParameter("Invalid alias configuration for Provisioned Concurrency");
}
