/** An error of the CloudWatch Logs API: `__type` and `message` of the body, and the HTTP status. */
export class LogsError extends Error {
  override readonly name = "LogsError";
  /** Name of the exception in the model, such as `ResourceNotFoundException`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** 400 InvalidParameterException. */
export function invalidParameter(message: string): LogsError {
  return new LogsError("InvalidParameterException", message);
}

/** 400 ResourceNotFoundException for a group. */
export function noSuchGroup(): LogsError {
  return new LogsError("ResourceNotFoundException", "The specified log group does not exist.");
}

/** 400 ResourceNotFoundException for a stream. */
export function noSuchStream(): LogsError {
  return new LogsError("ResourceNotFoundException", "The specified log stream does not exist.");
}
