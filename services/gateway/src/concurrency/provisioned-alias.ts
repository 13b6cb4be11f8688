import { versionsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";
import { LATEST } from "@lambdock/directory/spec";
import { routesOf, type AliasRecord } from "@lambdock/model/alias";
import type { FunctionId } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import type { ProvisionedConcurrencyStore } from "@lambdock/store/provisioned-concurrency";

export interface ProvisionedAliasParts extends QualifiedStores {
  readonly provisionedConcurrency: Pick<ProvisionedConcurrencyStore, "get">;
}

/** Throws unless what is provisioned for the alias, if anything is, can follow it where it is to point. */
export async function requireProvisionableMove(parts: ProvisionedAliasParts, id: FunctionId, alias: AliasRecord): Promise<void> {
  if ((await parts.provisionedConcurrency.get(id, alias.Name)) === undefined) return;
  for (const { version } of routesOf(alias)) {
    const [behind] = (await versionsBehind(parts, id, version)) ?? [];
    if (version === LATEST || behind?.content.SnapStart.ApplyOn === "PublishedVersions")
      throw invalidParameter("Invalid alias configuration for Provisioned Concurrency");
  }
}
