import type { TargetArn } from "./target-arn.ts";

/** A destination or dead-letter queue did not take what was sent: one sentence that says why. */
export class DeliveryFailed extends Error {
  override readonly name = "DeliveryFailed";
  /** Trying again is of no use: the target can't take this. */
  readonly permanent: boolean;
  /** The target does not exist, or nobody may use it: worth a few tries, until whoever removed it has made it again. */
  readonly gone: boolean;

  constructor(message: string, permanent: boolean, options: ErrorOptions & { readonly gone?: boolean } = {}) {
    super(message, options);
    this.permanent = permanent;
    this.gone = options.gone === true;
  }
}

/** The service's errors about the message itself; whatever else it answers may be different next time. */
const PERMANENT_CODES = new Set([
  "InvalidMessageContents",
  "InvalidParameterValue",
  "InvalidParameterException",
  "ParameterValueInvalid",
  "ValidationException",
  "EntityTooLarge",
]);
/** Errors about the target. */
const GONE_CODES = new Set([
  "QueueDoesNotExist",
  "AWS.SimpleQueueService.NonExistentQueue",
  "NotFound",
  "NotFoundException",
  "NoSuchBucket",
  "ResourceNotFoundException",
  "AccessDenied",
  "AccessDeniedException",
  "AuthorizationError",
  "AuthorizationErrorException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "InvalidAccessKeyId",
]);
const NOT_IMPLEMENTED = 501;
const ENDPOINT_VARIABLES: Readonly<Partial<Record<TargetArn["service"], string>>> = {
  sqs: "LAMBDOCK_SQS_ENDPOINT",
  sns: "LAMBDOCK_SNS_ENDPOINT",
  events: "LAMBDOCK_EVENTBRIDGE_ENDPOINT",
  s3: "LAMBDOCK_S3_ENDPOINT",
};

/** What the SDK adds to an error: the answer, when there was one. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** An SDK error, or anything else that ended a try, as DeliveryFailed. */
export function asDeliveryFailure(error: unknown, { arn, service }: TargetArn): DeliveryFailed {
  if (error instanceof DeliveryFailed) return error;
  const {
    name = "Error",
    message = "",
    code,
    $metadata,
    $response,
  } = (typeof error === "object" && error !== null ? error : { message: String(error) }) as SdkError;
  const variable = ENDPOINT_VARIABLES[service];
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === NOT_IMPLEMENTED) {
    const cure = variable === undefined ? "" : `: set ${variable} to where ${service} is`;
    return new DeliveryFailed(`${arn} can't be delivered to, because its endpoint does not implement ${service}${cure}.`, true, {
      cause: error,
    });
  }
  if (status !== undefined || variable === undefined) {
    const reason = status === undefined ? (code ?? name) : name;
    return new DeliveryFailed(`${arn} did not take it (${reason}: ${withoutStop(message)}).`, PERMANENT_CODES.has(name), {
      cause: error,
      gone: GONE_CODES.has(reason),
    });
  }
  const reason = name === "AbortError" || name === "TimeoutError" ? "no answer in time" : withoutStop(message) || (code ?? name);
  return new DeliveryFailed(`${arn} could not be reached (${reason}): start what serves it, or set ${variable} to where it is.`, false, {
    cause: error,
  });
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
