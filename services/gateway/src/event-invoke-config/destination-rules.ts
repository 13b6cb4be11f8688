import { functionArn, parseFunctionName, type FunctionId } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";

/**
 * What may be a destination of asynchronous events: SQS, SNS, Lambda, EventBridge, and S3 for
 * failures. FIFO queues and topics are accepted here and fail on delivery, as on AWS.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export interface Destinations {
  readonly OnSuccess?: { readonly Destination?: string };
  readonly OnFailure?: { readonly Destination?: string };
}

const SERVICES_OF_BOTH = new Set(["sqs", "sns", "lambda", "events"]);

/** Throws InvalidParameterValueException in AWS's words for a destination that can't be. */
export function checkDestinations(id: FunctionId, destinations: Destinations): void {
  const success = filled(destinations.OnSuccess?.Destination);
  const failure = filled(destinations.OnFailure?.Destination);
  for (const arn of [success, failure]) if (arn !== undefined) checkArn(id, arn);
  if (success !== undefined && serviceOf(success) === "s3") throw notForThis(success, failure);
}

function checkArn(id: FunctionId, arn: string): void {
  const service = serviceOf(arn);
  if (!SERVICES_OF_BOTH.has(service) && service !== "s3") throw invalidParameter(`The destination ARN ${arn} is invalid.`);
  if (service !== "lambda") return;
  const parsed = parseFunctionName(arn);
  if (parsed === undefined) throw invalidParameter(`The destination ARN ${arn} is invalid.`);
  if (functionArn({ accountId: parsed.accountId ?? "", region: parsed.region ?? "", name: parsed.name }) === functionArn(id)) {
    throw invalidParameter("You can't specify the function as a destination for itself.");
  }
}

function notForThis(success: string, failure: string | undefined): Error {
  const shown = (name: string, arn: string | undefined): string => (arn === undefined ? "null" : `On${name}(destination=${arn})`);
  return invalidParameter(
    `The provided destination config DestinationConfig(onSuccess=${shown("Success", success)}, onFailure=${shown("Failure", failure)}) is invalid.`,
  );
}

function serviceOf(arn: string): string {
  return arn.split(":")[2] ?? "";
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}
