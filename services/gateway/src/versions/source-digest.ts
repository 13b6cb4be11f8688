import { createHash } from "node:crypto";
import type { FunctionContent, ImageCode, ZipCode } from "@lambdock/model/function-record";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";

/** A digest of everything that is configured. When and by which call content was made does not count. */
export function sourceDigest(content: FunctionContent): string {
  const { ContentId: _id, LastModified: _modified, RuntimeVersionArn: _runtime, Code: _code, ...configuration } = content;
  return createHash("sha256").update(canonical(configuration)).digest("hex");
}

/** Whether publishing this content would publish the version again. */
export function isPublishedAs(version: FunctionVersionRecord, latest: FunctionContent): boolean {
  return version.Source === sourceDigest(latest) && isSameCode(version.Content.Code, latest.Code);
}

/** Two uploads of one zip are the same code, and so are two pushes of one image, as soon as their digests are known. */
function isSameCode(one: ZipCode | ImageCode, other: ZipCode | ImageCode): boolean {
  if (one.RepositoryType === "S3") return other.RepositoryType === "S3" && one.Sha256Hex === other.Sha256Hex;
  if (other.RepositoryType === "S3") return false;
  return one.PushId === other.PushId || (one.ResolvedImageUri !== undefined && one.ResolvedImageUri === other.ResolvedImageUri);
}

/** JSON with the members of objects in order: users give environment variables in any. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}
