import { stateConflict } from "@lambdock/directory/state-conflict";
import { functionArn, type FunctionId } from "@lambdock/model/arn";
import { AwsError, conflict } from "@lambdock/model/errors/aws-error";
import { servingContent, type FunctionContent, type FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";

/**
 * The life of a function: Pending -> Active or Failed; then updates, each InProgress -> Successful
 * or Failed. Every transition takes the RevisionId that the record has afterwards, for AWS changes
 * it at each [recorded]. https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
 */

/** Why a preparation failed: AWS's StateReasonCode and a sentence with the cure. */
export interface PreparationFailure {
  readonly reasonCode: string;
  readonly reason: string;
}

const BEING_CREATED = "The function is being created.";
const CREATING = "Creating";

/** A function just created: Pending, and without LastUpdateStatus until it is Active [recorded]. */
export function created(id: FunctionId, content: FunctionContent, revisionId: string): FunctionRecord {
  return {
    AccountId: id.accountId,
    Region: id.region,
    FunctionName: id.name,
    RevisionId: revisionId,
    State: "Pending",
    StateReason: BEING_CREATED,
    StateReasonCode: CREATING,
    Latest: content,
  };
}

/** An update begins: the API shows the new content, invocations go on with what they ran so far. */
export function updateBegun(record: FunctionRecord, content: FunctionContent, revisionId: string): FunctionRecord {
  return {
    ...record,
    RevisionId: revisionId,
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReason: BEING_CREATED,
    LastUpdateStatusReasonCode: CREATING,
    Latest: content,
    Serving: servingContent(record),
  };
}

/** What a preparation found out. */
export interface PreparationFacts {
  readonly resolvedImageUri?: string;
  readonly runtimeVersionArn?: string;
}

/** The preparation of `Latest` succeeded, whether it was a creation or an update. */
export function prepared(record: FunctionRecord, revisionId: string, facts: PreparationFacts = {}): FunctionRecord {
  const { StateReason: _a, StateReasonCode: _b, LastUpdateStatusReason: _c, LastUpdateStatusReasonCode: _d, Serving: _e, ...rest } = record;
  return { ...rest, RevisionId: revisionId, State: "Active", LastUpdateStatus: "Successful", Latest: withFacts(record.Latest, facts) };
}

/** The preparation of `Latest` failed. A new function is Failed; an updated one goes on with what it served. */
export function unprepared(record: FunctionRecord, revisionId: string, failure: PreparationFailure): FunctionRecord {
  if (record.State === "Pending") {
    return { ...record, RevisionId: revisionId, State: "Failed", StateReason: failure.reason, StateReasonCode: failure.reasonCode };
  }
  return {
    ...record,
    RevisionId: revisionId,
    LastUpdateStatus: "Failed",
    LastUpdateStatusReason: failure.reason,
    LastUpdateStatusReasonCode: failure.reasonCode,
  };
}

/** Throws 409 unless the function can be updated now, and 412 when the caller has seen another revision. */
export function requireUpdatable(record: FunctionRecord, expectedRevisionId: string | undefined): void {
  requireRevision(record, expectedRevisionId);
  if (record.State !== "Active") throw stateConflict(record);
  if (record.LastUpdateStatus === "InProgress") throw updateInProgress(record);
}

/** Throws 409 while an update is under way. */
export function requireNoUpdate(record: FunctionRecord): void {
  if (record.LastUpdateStatus === "InProgress") throw updateInProgress(record);
}

function updateInProgress(record: FunctionRecord): AwsError {
  const arn = functionArn({ accountId: record.AccountId, region: record.Region, name: record.FunctionName });
  return conflict(`The operation cannot be performed at this time. An update is in progress for resource: ${arn}`);
}

/** Throws 412 when the caller has seen another revision of the function, version or alias. */
export function requireRevision(record: { readonly RevisionId: string }, expected: string | undefined): void {
  if (expected === undefined || expected === record.RevisionId) return;
  throw new AwsError(
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
  );
}

/** A version just published. Unless it can run at once, it is Pending until it is prepared. */
export function published(
  latest: FunctionRecord,
  version: Pick<FunctionVersionRecord, "Version" | "RevisionId" | "Content" | "Source">,
  runnable: boolean,
): FunctionVersionRecord {
  const { AccountId, Region, FunctionName } = latest;
  return {
    AccountId,
    Region,
    FunctionName,
    ...version,
    ...(runnable
      ? { State: "Active", LastUpdateStatus: "Successful" }
      : { State: "Pending", StateReason: BEING_CREATED, StateReasonCode: CREATING }),
  };
}

/** The preparation of a Pending version succeeded. */
export function versionPrepared(record: FunctionVersionRecord, revisionId: string, facts: PreparationFacts = {}): FunctionVersionRecord {
  const { StateReason: _a, StateReasonCode: _b, ...rest } = record;
  return { ...rest, RevisionId: revisionId, State: "Active", LastUpdateStatus: "Successful", Content: withFacts(record.Content, facts) };
}

/** The preparation of a Pending version failed. */
export function versionUnprepared(record: FunctionVersionRecord, revisionId: string, failure: PreparationFailure): FunctionVersionRecord {
  return { ...record, RevisionId: revisionId, State: "Failed", StateReason: failure.reason, StateReasonCode: failure.reasonCode };
}

function withFacts(content: FunctionContent, { resolvedImageUri, runtimeVersionArn }: PreparationFacts): FunctionContent {
  if (content.Code.RepositoryType === "ECR") {
    return resolvedImageUri === undefined ? content : { ...content, Code: { ...content.Code, ResolvedImageUri: resolvedImageUri } };
  }
  return runtimeVersionArn === undefined ? content : { ...content, RuntimeVersionArn: runtimeVersionArn };
}
