import { parseFunctionName, partitionOf, type FunctionId } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import { versionsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";

/**
 * What may be a destination of asynchronous events: SQS, SNS, Lambda, EventBridge, and S3 for
 * failures. FIFO queues and topics are accepted here and fail on delivery, as on AWS.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export interface Destinations {
  readonly OnSuccess?: { readonly Destination?: string };
  readonly OnFailure?: { readonly Destination?: string };
}

const SERVICES = ["sqs", "sns", "lambda", "events"];
const SERVICES_FOR_FAILURES = [...SERVICES, "s3"];
/** What follows the account in a target's ARN, and what the account is. */
const SHAPES: Readonly<Record<string, { readonly account: RegExp; readonly resource: RegExp }>> = {
  sqs: { account: /^\d{12}$/, resource: /^[\w-]{1,80}(\.fifo)?$/ },
  sns: { account: /^\d{12}$/, resource: /^[\w-]{1,256}(\.fifo)?$/ },
  events: { account: /^\d{12}$/, resource: /^event-bus\/[\w./-]{1,256}$/ },
  s3: { account: /^$/, resource: /^[\w.-]{1,255}$/ },
};

/** Throws InvalidParameterValueException in AWS's words for a destination that can't be. */
export async function checkDestinations(stores: QualifiedStores, id: FunctionId, destinations: Destinations): Promise<void> {
  const success = filled(destinations.OnSuccess?.Destination);
  const failure = filled(destinations.OnFailure?.Destination);
  const possible = isOneOf(success, SERVICES) && isOneOf(failure, SERVICES_FOR_FAILURES);
  if (!possible) {
    const shown = `DestinationConfig(onSuccess=${shownAs("OnSuccess", success)}, onFailure=${shownAs("OnFailure", failure)})`;
    throw invalidParameter(`The provided destination config ${shown} is invalid.`);
  }
  for (const arn of [failure, success]) if (arn !== undefined) await checkReachable(stores, id, arn);
}

async function checkReachable(stores: QualifiedStores, id: FunctionId, arn: string): Promise<void> {
  const [, partition, service = "", region, account = "", ...rest] = arn.split(":");
  if (partition !== partitionOf(id.region) || region !== (service === "s3" ? "" : id.region)) throw invalid(arn);
  const shape = SHAPES[service];
  if (shape !== undefined) {
    if (shape.account.test(account) && shape.resource.test(rest.join(":"))) return;
    throw invalid(arn);
  }
  const { accountId, name, qualifier } = parseFunctionName(arn) ?? {};
  if (accountId === undefined || name === undefined) throw invalid(arn);
  if (accountId === id.accountId && name === id.name) throw invalidParameter("You can't specify the function as a destination for itself.");
  if ((await versionsBehind(stores, { accountId, region, name }, qualifier)) === undefined) throw invalid(arn);
}

function invalid(arn: string): Error {
  return invalidParameter(`The destination ARN ${arn} is invalid.`);
}

function isOneOf(arn: string | undefined, services: readonly string[]): boolean {
  return arn === undefined || services.includes(arn.split(":")[2] ?? "");
}

function shownAs(name: string, arn: string | undefined): string {
  return arn === undefined ? "null" : `${name}(destination=${arn})`;
}

function filled(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
