/** CloudWatch's errors: each has a code of the Query protocol, and a shape of the newer ones. */

/** A user's mistake, or something that Lambdock does not do. */
export class CloudWatchError extends Error {
  override readonly name = "CloudWatchError";
  /** Code of the Query protocol, such as `InvalidParameterValue`. */
  readonly code: string;
  /** Name in the JSON and CBOR protocols, such as `InvalidParameterValueException`. */
  readonly shape: string;
  readonly status: number;

  constructor(code: CloudWatchErrorCode, message: string) {
    super(message);
    this.code = code;
    [this.shape, this.status] = SHAPES[code];
  }
}

const SHAPES = {
  InvalidParameterValue: ["InvalidParameterValueException", 400],
  InvalidParameterCombination: ["InvalidParameterCombinationException", 400],
  MissingParameter: ["MissingRequiredParameterException", 400],
  InvalidNextToken: ["InvalidNextToken", 400],
  ValidationError: ["ValidationException", 400],
  InvalidAction: ["UnknownOperationException", 400],
  MalformedInput: ["SerializationException", 400],
  NotImplemented: ["NotImplementedException", 501],
  InternalServiceError: ["InternalServiceFault", 500],
} as const satisfies Readonly<Record<string, readonly [shape: string, status: number]>>;

/** Codes of the Query protocol. */
export type CloudWatchErrorCode = keyof typeof SHAPES;

/** 400 InvalidParameterValue. */
export function invalidValue(message: string): CloudWatchError {
  return new CloudWatchError("InvalidParameterValue", message);
}

/** 400 InvalidParameterCombination. */
export function invalidCombination(message: string): CloudWatchError {
  return new CloudWatchError("InvalidParameterCombination", message);
}

/** 400 MissingParameter. */
export function missing(name: string): CloudWatchError {
  return new CloudWatchError("MissingParameter", `The parameter ${name} is required.`);
}

/** 400 ValidationError, which is what GetMetricData calls most mistakes. */
export function validation(message: string): CloudWatchError {
  return new CloudWatchError("ValidationError", message);
}

/** 400 InvalidNextToken. */
export function invalidToken(): CloudWatchError {
  return new CloudWatchError(
    "InvalidNextToken",
    "The value for parameter NextToken is not valid: it must be one that this request answered.",
  );
}
