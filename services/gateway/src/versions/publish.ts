import type { FunctionId } from "@lambdock/model/arn";
import { zipsOf, type FunctionContent, type FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";
import { functionNotFound } from "@lambdock/directory/function-address";
import { functionArn } from "@lambdock/model/arn";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { requireFunction } from "../functions/function-changes.ts";
import { published } from "../functions/transitions.ts";
import { isPublishedAs, sourceDigest } from "./source-digest.ts";

/** What is published, and under which conditions. */
export interface Publication {
  readonly id: FunctionId;
  /** Of the version; the function's when absent. */
  readonly description?: string;
  /** Throws AwsError unless the function as it is stored now may be published. */
  readonly check: (latest: FunctionRecord) => void;
}

type PublishParts = Pick<ControlPlaneParts, "functions" | "versions" | "usage" | "versionPreparation" | "clock" | "newId">;

/**
 * Publishes `$LATEST` as the next version, or answers the last version when nothing has changed
 * since. The function has a new revision afterwards [recorded].
 */
export async function publish(parts: PublishParts, { id, description, check }: Publication): Promise<FunctionVersionRecord> {
  for (;;) {
    const highest = await parts.versions.highest(id);
    const latest = await requireFunction(parts.functions, id);
    check(latest);
    const last = highest === 0 ? undefined : await parts.versions.get(id, String(highest));
    if (last !== undefined && isPublishedAs(last, latest.Latest)) return last;
    const content = { ...latest.Latest, ContentId: parts.newId(), ...(description === undefined ? {} : { Description: description }) };
    const version = versionOf(parts, latest, { number: highest + 1, content, source: sourceDigest(latest.Latest) });
    if (await stored(parts, latest, version)) return version;
  }
}

function versionOf(
  { newId }: PublishParts,
  latest: FunctionRecord,
  made: { readonly number: number; readonly content: FunctionContent; readonly source: string },
): FunctionVersionRecord {
  const { number, content, source } = made;
  // What `$LATEST` runs is prepared already; a snapshot is still to be made.
  const runnable = latest.State === "Active" && latest.Serving === undefined && content.SnapStart.ApplyOn === "None";
  return published(latest, { Version: String(number), RevisionId: newId(), Content: content, Source: source }, runnable);
}

/** False when another writer came between. */
async function stored(parts: PublishParts, latest: FunctionRecord, version: FunctionVersionRecord): Promise<boolean> {
  const { ContentId } = version.Content;
  const zips = zipsOf(version.Content);
  // Before an update of `$LATEST` lets go of them.
  await parts.usage.hold(ContentId, zips);
  const record = { ...latest, RevisionId: parts.newId() };
  const outcome = await parts.versions.publish(version, { record, expectedRevisionId: latest.RevisionId });
  if (outcome === "published") {
    parts.versionPreparation.begin(version);
    return true;
  }
  await parts.usage.release(ContentId, zips, parts.clock.now());
  if (outcome === "gone")
    throw functionNotFound(functionArn({ accountId: latest.AccountId, region: latest.Region, name: latest.FunctionName }));
  return false;
}
