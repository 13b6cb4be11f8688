import { AwsError, invalidParameter } from "@lambdock/model/errors/aws-error";
import { UNZIPPED_BYTES_MAX } from "@lambdock/model/limits";

/**
 * Why a package is refused. AWS tells its caller only a few sentences; `detail` says the precise
 * reason and is kept as the error's cause, for Lambdock's own log.
 */
export type ZipFault = "broken" | "empty" | "tooLarge";

const SENTENCES: Readonly<Record<ZipFault, string>> = {
  broken: "Could not unzip uploaded file. Please check your file, then try to upload again.",
  empty: "Uploaded file must be a non-empty zip",
  tooLarge: `Unzipped size must be smaller than ${UNZIPPED_BYTES_MAX} bytes`,
};

/** InvalidParameterValueException with AWS's sentence [recorded] and the detail as its `cause`. */
export function zipRejection(fault: ZipFault, detail: string): AwsError {
  const error = invalidParameter(SENTENCES[fault]);
  error.cause = new Error(detail);
  return error;
}

/** Anything that went wrong while reading a zip, as a rejection; rejections and I/O errors pass unchanged. */
export function asZipRejection(error: unknown): unknown {
  if (error instanceof AwsError || isSystemError(error)) return error;
  return zipRejection("broken", error instanceof Error ? error.message : String(error));
}

/** A failing disk is not the user's mistake. zlib's errors carry a code too, but no system call. */
function isSystemError(error: unknown): boolean {
  return typeof error === "object" && error !== null && "syscall" in error;
}
