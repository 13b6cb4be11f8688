import { addressOf, functionNotFound, isAliasName } from "@lambdock/directory/function-address";
import { versionsBehind, type QualifiedStores, type VersionsBehind } from "@lambdock/directory/qualified-specs";
import { LATEST, specOf } from "@lambdock/directory/spec";
import { stateConflict } from "@lambdock/directory/state-conflict";
import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import { conflict, invalidParameter, notFound, untypedInvalidParameter } from "@lambdock/model/errors/aws-error";
import type { ProvisionedConcurrencyStore, ProvisionOutcome } from "@lambdock/store/provisioned-concurrency";
import type { Operation, RequestContext } from "../operation.ts";
import { environmentsOf } from "./provisioned-environments.ts";
import type { ProvisionedUpkeep } from "./provisioned-upkeep.ts";
import { provisionedView, UNALLOCATED } from "./provisioned-view.ts";
import type { ReservationNews } from "./reservation-news.ts";

/** Provisioned concurrency of versions and aliases: texts and statuses are those recorded from AWS in November 2025. */
export interface ProvisionedConcurrencyParts extends QualifiedStores {
  readonly provisionedConcurrency: ProvisionedConcurrencyStore;
  readonly provisionedUpkeep: Pick<ProvisionedUpkeep, "settle">;
  readonly reservationNews: Pick<ReservationNews, "announce">;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** `ConcurrentExecutions` of the account. */
  readonly accountConcurrency: number;
  /** What the account keeps for functions without a reservation. */
  readonly unreservedFloor: number;
}

interface TargetInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

/** A version or an alias, which need not exist. */
export interface ProvisionedAddress {
  readonly id: FunctionId;
  readonly qualifier: string;
}

/** PutProvisionedConcurrencyConfig: 202 at once, allocation follows. A request while another is in progress replaces it. */
export function putProvisionedConcurrencyConfig(parts: ProvisionedConcurrencyParts): Operation {
  return async (input: TargetInput & { readonly ProvisionedConcurrentExecutions: number }, { scope, now }: RequestContext) => {
    const requested = input.ProvisionedConcurrentExecutions;
    const { id, qualifier } = targetOf(scope, input, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
    const behind = requireProvisionable(id, qualifier, await versionsBehind(parts, id, qualifier));
    const specs = behind.map(({ version, content, weight }) => ({ spec: specOf(id, content, version), weight }));
    const config = { id: parts.newId(), requested, modified: now, environments: environmentsOf(specs, requested) };
    const { accountConcurrency, unreservedFloor } = parts;
    const outcome = await parts.provisionedConcurrency.put(id, qualifier, { config, accountConcurrency, unreservedFloor, now });
    requireStored(outcome, { id, qualifier, unreservedFloor });
    // The alias may have moved, or be gone, since it was looked up.
    const settled = await parts.provisionedUpkeep.settle(id, qualifier);
    if (settled === undefined) throw missing(id, qualifier);
    await parts.reservationNews.announce();
    return provisionedView(settled, UNALLOCATED);
  };
}

/** DeleteProvisionedConcurrencyConfig; also of a version or an alias that has none. */
export function deleteProvisionedConcurrencyConfig(parts: ProvisionedConcurrencyParts): Operation {
  return async (input: TargetInput, { scope }: RequestContext) => {
    const { id, qualifier } = await requireTarget(parts, scope, input);
    if (await parts.provisionedConcurrency.delete(id, qualifier)) await parts.reservationNews.announce();
    // An alias that was on its way has arrived.
    await parts.provisionedUpkeep.settle(id, qualifier);
    return {};
  };
}

/** What Get and Delete name: an alias or a published version that exists. */
export async function requireTarget(stores: QualifiedStores, scope: Scope, input: TargetInput): Promise<ProvisionedAddress> {
  const target = targetOf(scope, input, "The function resource provided must be an alias or a published version.");
  if ((await versionsBehind(stores, target.id, target.qualifier)) === undefined) throw missing(target.id, target.qualifier);
  return target;
}

function targetOf(scope: Scope, input: TargetInput, refusal: string): ProvisionedAddress {
  const { id, qualifier = LATEST } = addressOf(scope, input.FunctionName, input.Qualifier);
  if (qualifier === LATEST) throw invalidParameter(refusal);
  return { id, qualifier };
}

/** Throws unless what is behind the qualifier can be provisioned now. */
function requireProvisionable(id: FunctionId, qualifier: string, behind: VersionsBehind | undefined): VersionsBehind {
  if (behind === undefined) throw missing(id, qualifier);
  if (behind.some(({ version }) => version === LATEST))
    throw invalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  // Routing that is added later splits what is provisioned: AWS only refuses to begin with it.
  if (behind.length > 1) throw invalidParameter("Alias with weights can not be used with Provisioned Concurrency");
  const [{ record, content }] = behind;
  if (record.State !== "Active") throw stateConflict(record);
  if (content.SnapStart.ApplyOn === "PublishedVersions")
    throw invalidParameter("Provisioned Concurrency is not supported for function versions with SnapStart.");
  return behind;
}

function requireStored(
  outcome: ProvisionOutcome,
  { id, qualifier, unreservedFloor }: ProvisionedAddress & { readonly unreservedFloor: number },
): void {
  switch (outcome.kind) {
    case "changed":
      return;
    case "gone":
      throw missing(id, qualifier);
    case "over-reserved":
      throw invalidParameter("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
    case "over-account":
      throw untypedInvalidParameter(
        `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${outcome.unreserved}].`,
      );
    case "below-floor":
      throw untypedInvalidParameter(
        `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedFloor}].`,
      );
    case "version-provisioned":
      throw conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
    case "alias-provisioned":
      throw conflict("Version is pointed by a Provisioned Concurrency alias");
  }
}

/** AWS names an alias and a version differently, also where the function itself is missing [recorded]. */
function missing(id: FunctionId, qualifier: string): Error {
  const arn = functionArn(id, qualifier);
  return isAliasName(qualifier) ? notFound(`Cannot find alias arn: ${arn}`) : functionNotFound(arn);
}
