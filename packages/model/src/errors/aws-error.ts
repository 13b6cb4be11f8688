import { catalogue, type ErrorCode } from "./catalogue.ts";

/**
 * An error that the caller of the AWS API shall see: a code from the closed catalogue, AWS's
 * message, and extra members (`Reason`) or headers (`Retry-After`) where the shape has them.
 * Translated to status, headers and body once, at the wire.
 */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: ErrorCode;
  readonly extra: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string | null,
    details: { readonly extra?: Readonly<Record<string, string>>; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message ?? "");
    this.code = code;
    this.awsMessage = message;
    this.extra = details.extra ?? {};
    this.headers = details.headers ?? {};
  }

  /** The message as it goes on the wire; `null` for AccessDenied of another account [recorded]. */
  readonly awsMessage: string | null;

  get status(): number {
    return catalogue[this.code].status;
  }
}

/** 400 InvalidParameterValueException. */
export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}

/** 404 ResourceNotFoundException. */
export function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message);
}

/** 409 ResourceConflictException. */
export function conflict(message: string): AwsError {
  return new AwsError("ResourceConflictException", message);
}
