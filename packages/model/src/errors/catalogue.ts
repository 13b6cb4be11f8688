/**
 * Every error that Lambdock answers with: HTTP status and the form of its body. The key of the
 * message (`message` or `Message`) and the presence of `Type` depend on the shape [recorded].
 * JSON 1.1 services (CloudWatch Logs) share the codes; their client errors are all status 400.
 */

/** `user`: `{"Type":"User","message"}`; `User`: `{"Type":"User","Message"}`; `bare`: `{"message"}`; `Bare`: `{"Message"}`; `Service`: `{"Type":"Service","Message"}`. */
export type BodyForm = "user" | "User" | "bare" | "Bare" | "Service";

interface Row {
  readonly status: number;
  readonly form: BodyForm;
}

const rows = {
  AccessDeniedException: { status: 403, form: "Bare" },
  CallbackTimeoutException: { status: 400, form: "User" },
  CapacityProviderLimitExceededException: { status: 400, form: "user" },
  CodeArtifactUserDeletedException: { status: 409, form: "user" },
  CodeArtifactUserFailedException: { status: 409, form: "user" },
  CodeArtifactUserPendingException: { status: 409, form: "user" },
  CodeSigningConfigNotFoundException: { status: 404, form: "User" },
  CodeStorageExceededException: { status: 400, form: "user" },
  CodeVerificationFailedException: { status: 400, form: "User" },
  DurableExecutionAlreadyStartedException: { status: 409, form: "User" },
  EC2AccessDeniedException: { status: 502, form: "User" },
  EC2ThrottledException: { status: 502, form: "User" },
  EC2UnexpectedException: { status: 502, form: "User" },
  EFSIOException: { status: 410, form: "User" },
  EFSMountConnectivityException: { status: 408, form: "User" },
  EFSMountFailureException: { status: 403, form: "User" },
  EFSMountTimeoutException: { status: 408, form: "User" },
  ENILimitReachedException: { status: 502, form: "User" },
  FunctionVersionsPerCapacityProviderLimitExceededException: { status: 400, form: "user" },
  IncompleteSignatureException: { status: 400, form: "bare" },
  InvalidCodeSignatureException: { status: 400, form: "User" },
  InvalidOperationException: { status: 400, form: "bare" },
  InvalidParameterException: { status: 400, form: "bare" },
  InvalidParameterValueException: { status: 400, form: "user" },
  InvalidRequestContentException: { status: 400, form: "user" },
  InvalidRuntimeException: { status: 502, form: "User" },
  InvalidSecurityGroupIDException: { status: 502, form: "User" },
  InvalidSignatureException: { status: 403, form: "bare" },
  InvalidSubnetIDException: { status: 502, form: "User" },
  InvalidZipFileException: { status: 502, form: "User" },
  KMSAccessDeniedException: { status: 502, form: "User" },
  KMSDisabledException: { status: 502, form: "User" },
  KMSInvalidStateException: { status: 502, form: "User" },
  KMSNotFoundException: { status: 502, form: "User" },
  LimitExceededException: { status: 400, form: "bare" },
  MissingAuthenticationTokenException: { status: 403, form: "bare" },
  NoPublishedVersionException: { status: 400, form: "User" },
  NotImplementedException: { status: 501, form: "User" },
  OperationAbortedException: { status: 400, form: "bare" },
  PolicyLengthExceededException: { status: 400, form: "user" },
  PreconditionFailedException: { status: 412, form: "user" },
  ProvisionedConcurrencyConfigNotFoundException: { status: 404, form: "user" },
  RecursiveInvocationException: { status: 400, form: "User" },
  RequestEntityTooLargeException: { status: 413, form: "bare" },
  RequestTooLargeException: { status: 413, form: "user" },
  ResourceAlreadyExistsException: { status: 400, form: "bare" },
  ResourceConflictException: { status: 409, form: "user" },
  ResourceInUseException: { status: 400, form: "User" },
  ResourceNotFoundException: { status: 404, form: "User" },
  ResourceNotReadyException: { status: 502, form: "user" },
  S3FilesMountConnectivityException: { status: 408, form: "User" },
  S3FilesMountFailureException: { status: 403, form: "User" },
  S3FilesMountTimeoutException: { status: 408, form: "User" },
  SerializationException: { status: 400, form: "Bare" },
  SerializedRequestEntityTooLargeException: { status: 413, form: "user" },
  ServiceException: { status: 500, form: "Service" },
  ServiceUnavailableException: { status: 503, form: "bare" },
  SnapStartException: { status: 400, form: "User" },
  SnapStartNotReadyException: { status: 409, form: "User" },
  SnapStartTimeoutException: { status: 408, form: "User" },
  SubnetIPAddressLimitReachedException: { status: 502, form: "User" },
  TooManyRequestsException: { status: 429, form: "user" },
  UnknownOperationException: { status: 404, form: "bare" },
  UnrecognizedClientException: { status: 403, form: "bare" },
  UnsupportedMediaTypeException: { status: 415, form: "user" },
  ValidationException: { status: 400, form: "bare" },
} as const satisfies Readonly<Record<string, Row>>;

export type ErrorCode = keyof typeof rows;
export const catalogue: Readonly<Record<ErrorCode, Row>> = rows;
