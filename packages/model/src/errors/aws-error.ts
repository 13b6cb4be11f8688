import { catalogue, type BodyForm, type ErrorCode } from "./catalogue.ts";

/** What an error may have beside code and message. */
export interface AwsErrorDetails {
  readonly extra?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: BodyForm;
}

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
  /** Form of the body: the shape's, but for a few errors that AWS answers otherwise [recorded]. */
  readonly form: BodyForm;

  constructor(code: ErrorCode, message: string | null, details: AwsErrorDetails = {}) {
    super(message ?? "");
    this.code = code;
    this.awsMessage = message;
    this.extra = details.extra ?? {};
    this.headers = details.headers ?? {};
    this.form = details.form ?? catalogue[code].form;
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

/** The same without the member `Type`, as AWS answers where a limit or an alias's routing is checked [recorded]. */
export function untypedInvalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message, { form: "bare" });
}

/** 404 ResourceNotFoundException. */
export function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message);
}

/** 409 ResourceConflictException. */
export function conflict(message: string): AwsError {
  return new AwsError("ResourceConflictException", message);
}
