import { AwsError } from "@lambdock/model/errors/aws-error";
import type { Scope } from "@lambdock/model/arn";
import type { ImageCode, ZipCode } from "@lambdock/model/function-record";
import { CODE_STORAGE_BYTES_MAX, ZIP_BYTES_MAX } from "@lambdock/model/limits";
import type { StoredZip } from "@lambdock/code-store/code-store";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import type { CodeInput } from "./inputs.ts";
import { fetchS3Object } from "./s3-source.ts";

/** Where code comes in: from the request or from S3, into the code store. */

type IntakeParts = Pick<ControlPlaneParts, "zips" | "usage" | "s3Endpoint" | "newId">;

/** A zip as it arrived. */
export interface ArrivedZip {
  readonly bytes: Uint8Array;
  /** Inline uploads have a smaller limit than objects of S3. */
  readonly inline: boolean;
}

/** The bytes that the input names. The caller has checked that there is exactly one source. */
export async function readZip(parts: IntakeParts, input: CodeInput): Promise<ArrivedZip> {
  if (input.ZipFile !== undefined) return { bytes: input.ZipFile, inline: true };
  const version = input.S3ObjectVersion;
  const bytes = await fetchS3Object(parts.s3Endpoint, {
    bucket: input.S3Bucket ?? "",
    key: input.S3Key ?? "",
    ...(version === undefined ? {} : { version }),
  });
  return { bytes, inline: false };
}

/** Checks the zip in AWS's words and answers what storing it would; stores nothing. */
export async function checkZip(parts: IntakeParts, { bytes, inline }: ArrivedZip): Promise<ZipCode> {
  return zipCodeOf(await parts.zips.checkZip(bytes, inline ? { zippedBytesMax: ZIP_BYTES_MAX } : {}));
}

/** Checks and stores the zip, held for `user` until that is released. */
export async function storeZip(parts: IntakeParts, { bytes, inline }: ArrivedZip, user: string): Promise<ZipCode> {
  const limit = inline ? { zippedBytesMax: ZIP_BYTES_MAX } : {};
  const stored = await parts.zips.putZip(bytes, limit);
  await parts.usage.hold(user, [stored.sha256Hex]);
  // A sweep may have removed the same zip as unused after it was found stored and before it was held.
  if (!(await parts.zips.has(stored.sha256Hex))) await parts.zips.putZip(bytes, limit);
  return zipCodeOf(stored);
}

/** The code that the input names: stored and held for `contentId`, or an image. */
export async function takeCode(
  parts: IntakeParts,
  scope: Scope,
  { input, contentId }: { readonly input: CodeInput; readonly contentId: string },
): Promise<ZipCode | ImageCode> {
  if (input.ImageUri !== undefined && input.ImageUri !== "") return imageCode(parts, input.ImageUri);
  const zip = await readZip(parts, input);
  await requireCodeStorage(parts, scope, zip.bytes.length);
  return await storeZip(parts, zip, contentId);
}

/** Undoes {@link takeCode} when the code came to nothing. */
export async function releaseCode(
  { usage, clock }: Pick<ControlPlaneParts, "usage" | "clock">,
  code: ZipCode | ImageCode,
  contentId: string,
): Promise<void> {
  if (code.RepositoryType === "S3") await usage.release(contentId, [code.Sha256Hex], clock.now());
}

/** Code that is an image. */
export function imageCode(parts: Pick<IntakeParts, "newId">, imageUri: string): ImageCode {
  return { RepositoryType: "ECR", ImageUri: imageUri, PushId: parts.newId() };
}

/** Throws when so many more bytes would exceed the account's code storage. */
export async function requireCodeStorage(parts: Pick<ControlPlaneParts, "usage">, scope: Scope, moreBytes: number): Promise<void> {
  if ((await parts.usage.totalBytes(scope)) + moreBytes > CODE_STORAGE_BYTES_MAX)
    throw new AwsError("CodeStorageExceededException", "Code storage limit exceeded.");
}

function zipCodeOf(stored: StoredZip): ZipCode {
  return {
    RepositoryType: "S3",
    Sha256Hex: stored.sha256Hex,
    CodeSha256: stored.sha256Base64,
    CodeSize: stored.size,
    UnzippedSize: stored.unzippedSize,
  };
}
