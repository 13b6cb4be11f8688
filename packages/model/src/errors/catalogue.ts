/**
 * Every error that Lambdock answers with: HTTP status and the form of its body. The key of the
 * message (`message` or `Message`) and the presence of `Type` depend on the shape [recorded].
 */

/** `user`: `{"Type":"User","message"}`; `User`: `{"Type":"User","Message"}`; `bare`: `{"message"}`; `Bare`: `{"Message"}`; `Service`: `{"Type":"Service","Message"}`. */
export type BodyForm = "user" | "User" | "bare" | "Bare" | "Service";

interface Row {
  readonly status: number;
  readonly form: BodyForm;
}

const rows = {
  AccessDeniedException: { status: 403, form: "Bare" },
  CodeSigningConfigNotFoundException: { status: 404, form: "User" },
  CodeStorageExceededException: { status: 400, form: "user" },
  CodeVerificationFailedException: { status: 400, form: "User" },
  DurableExecutionAlreadyStartedException: { status: 409, form: "User" },
  InvalidCodeSignatureException: { status: 400, form: "User" },
  InvalidParameterValueException: { status: 400, form: "user" },
  InvalidRequestContentException: { status: 400, form: "user" },
  InvalidRuntimeException: { status: 502, form: "User" },
  InvalidSignatureException: { status: 403, form: "bare" },
  InvalidZipFileException: { status: 502, form: "User" },
  MissingAuthenticationTokenException: { status: 403, form: "bare" },
  NotImplementedException: { status: 501, form: "User" },
  PolicyLengthExceededException: { status: 400, form: "user" },
  PreconditionFailedException: { status: 412, form: "user" },
  ProvisionedConcurrencyConfigNotFoundException: { status: 404, form: "user" },
  RecursiveInvocationException: { status: 400, form: "User" },
  RequestEntityTooLargeException: { status: 413, form: "bare" },
  RequestTooLargeException: { status: 413, form: "user" },
  ResourceConflictException: { status: 409, form: "user" },
  ResourceInUseException: { status: 400, form: "User" },
  ResourceNotFoundException: { status: 404, form: "User" },
  ResourceNotReadyException: { status: 502, form: "user" },
  ServiceException: { status: 500, form: "Service" },
  TooManyRequestsException: { status: 429, form: "user" },
  UnknownOperationException: { status: 404, form: "bare" },
  UnrecognizedClientException: { status: 403, form: "bare" },
  UnsupportedMediaTypeException: { status: 415, form: "user" },
  ValidationException: { status: 400, form: "bare" },
} as const satisfies Readonly<Record<string, Row>>;

export type ErrorCode = keyof typeof rows;
export const catalogue: Readonly<Record<ErrorCode, Row>> = rows;
