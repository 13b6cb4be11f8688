/**
 * Errors of SQS. JSON callers see the shape's name in `__type` and the older code in
 * `x-amzn-query-error`; Query callers see the older code alone. Codes and statuses: the API model
 * and its `awsQueryError` traits, and recorded answers.
 */

interface Row {
  /** Code of the Query protocol. */
  readonly query: string;
  readonly status: number;
}

const rows = {
  BatchEntryIdsNotDistinct: { query: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", status: 400 },
  BatchRequestTooLong: { query: "AWS.SimpleQueueService.BatchRequestTooLong", status: 400 },
  EmptyBatchRequest: { query: "AWS.SimpleQueueService.EmptyBatchRequest", status: 400 },
  InternalFailure: { query: "InternalFailure", status: 500 },
  InvalidAction: { query: "InvalidAction", status: 400 },
  InvalidAddress: { query: "InvalidAddress", status: 404 },
  InvalidAttributeName: { query: "InvalidAttributeName", status: 400 },
  InvalidAttributeValue: { query: "InvalidAttributeValue", status: 400 },
  InvalidBatchEntryId: { query: "AWS.SimpleQueueService.InvalidBatchEntryId", status: 400 },
  InvalidMessageContents: { query: "InvalidMessageContents", status: 400 },
  InvalidParameterValueException: { query: "InvalidParameterValue", status: 400 },
  MissingRequiredParameterException: { query: "MissingParameter", status: 400 },
  OverLimit: { query: "OverLimit", status: 403 },
  PurgeQueueInProgress: { query: "AWS.SimpleQueueService.PurgeQueueInProgress", status: 403 },
  QueueDeletedRecently: { query: "AWS.SimpleQueueService.QueueDeletedRecently", status: 400 },
  QueueDoesNotExist: { query: "AWS.SimpleQueueService.NonExistentQueue", status: 400 },
  QueueNameExists: { query: "QueueAlreadyExists", status: 400 },
  ReceiptHandleIsInvalid: { query: "ReceiptHandleIsInvalid", status: 404 },
  RequestEntityTooLargeException: { query: "RequestEntityTooLarge", status: 413 },
  ResourceNotFoundException: { query: "ResourceNotFoundException", status: 404 },
  SerializationException: { query: "MalformedInput", status: 400 },
  ServiceUnavailable: { query: "ServiceUnavailable", status: 503 },
  TooManyEntriesInBatchRequest: { query: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", status: 400 },
  UnknownOperationException: { query: "InvalidAction", status: 400 },
  UnsupportedOperation: { query: "AWS.SimpleQueueService.UnsupportedOperation", status: 400 },
} as const satisfies Readonly<Record<string, Row>>;

/** Name of an error in the JSON protocol. */
export type SqsErrorName = keyof typeof rows;

/** Shapes of SQS itself; the others belong to AWS's front end. */
const OF_THE_FRONT_END: ReadonlySet<SqsErrorName> = new Set([
  "InternalFailure",
  "SerializationException",
  "ServiceUnavailable",
  "UnknownOperationException",
]);

/** An error that the caller shall see. */
export class SqsError extends Error {
  override readonly name = "SqsError";
  readonly type: SqsErrorName;

  constructor(type: SqsErrorName, message: string) {
    super(message);
    this.type = type;
  }

  /** The code of the Query protocol, also in `Failed` entries of batches. */
  get code(): string {
    return rows[this.type].query;
  }

  get status(): number {
    return rows[this.type].status;
  }

  /** Whether the caller is to blame. */
  get senderFault(): boolean {
    return this.status < 500;
  }

  /** `__type` of the JSON protocol. */
  get shapeId(): string {
    return `${OF_THE_FRONT_END.has(this.type) ? "com.amazon.coral.service" : "com.amazonaws.sqs"}#${this.type}`;
  }
}

/** 400 InvalidParameterValue. */
export function invalidParameter(message: string): SqsError {
  return new SqsError("InvalidParameterValueException", message);
}

/** 400 InvalidParameterValue, `Value V for parameter P is invalid. Reason: R`. */
export function invalidValue(value: string | number, parameter: string, reason: string): SqsError {
  return invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

/** 400 MissingParameter. */
export function missingParameter(parameter: string): SqsError {
  return new SqsError("MissingRequiredParameterException", `The request must contain the parameter ${parameter}.`);
}

/** 400 NonExistentQueue; the Query protocol adds `for this wsdl version` [recorded]. */
export function queueDoesNotExist(): SqsError {
  return new SqsError("QueueDoesNotExist", "The specified queue does not exist.");
}
