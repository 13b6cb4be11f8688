import type { Scope } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";

const SERVICES = ["sqs", "sns", "s3"];

/**
 * Checks where records go that a mapping gave up: a standard queue, a standard topic or a bucket.
 * Messages are those that asynchronous destinations have [recorded there].
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function checkFailureDestination(scope: Scope, arn: string): void {
  const [, , service = "", region, accountId, ...resource] = arn.split(":");
  if (!SERVICES.includes(service) || resource.join(":") === "" || arn.endsWith(".fifo")) {
    const shown = `DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${arn}))`;
    throw invalidParameter(`The provided destination config ${shown} is invalid.`);
  }
  if (service !== "s3" && (region !== scope.region || accountId === "")) throw invalidParameter(`The destination ARN ${arn} is invalid.`);
}
