import { AwsError, invalidParameter } from "@lambdock/model/errors/aws-error";
import type { RequestContext } from "../operation.ts";
import type { EventSource } from "./event-source.ts";
import type { MappedFunction } from "./mapping-function.ts";
import type { MappingParts } from "./mapping-parts.ts";
import type { SourceDescription } from "./source-probe.ts";

/** As AWS names service and action of a look that failed. */
const LOOKS = {
  sqs: { service: "SQS", action: "ReceiveMessage" },
  kinesis: { service: "Kinesis", action: "DescribeStreamSummary" },
  dynamodb: { service: "DynamoDB Streams", action: "DescribeStream" },
} as const;

/** Looks at the queue or stream; throws when it is missing, refuses, can't be reached, or does not suit the function. */
export async function requireSource(
  { sourceProbe }: Pick<MappingParts, "sourceProbe">,
  { source, target }: { readonly source: EventSource; readonly target: MappedFunction },
  { scope, endpoint }: RequestContext,
): Promise<void> {
  const { kind, arn } = source;
  const description = await sourceProbe.describe({ kind, arn, region: scope.region, callerEndpoint: endpoint });
  if (description.kind === "unreachable") throw new AwsError("ServiceException", description.message);
  if (description.kind === "refused") throw failed(source, description.code, description.message);
  if (description.kind === "missing") {
    if (kind !== "sqs") throw invalidParameter(`Stream not found: ${arn}`);
    throw failed(source, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
  }
  checkVisibility(description, target);
}

/**
 * Checks a queue against the function that it is mapped to already. Nothing else stands in the way of a change: the
 * mapping of a queue that is gone or away can still be changed.
 */
export async function requireVisibility(
  { sourceProbe }: Pick<MappingParts, "sourceProbe">,
  { source: { kind, arn }, target }: { readonly source: EventSource; readonly target: MappedFunction },
  { scope, endpoint }: RequestContext,
): Promise<void> {
  const description = await sourceProbe.describe({ kind, arn, region: scope.region, callerEndpoint: endpoint });
  if (description.kind === "exists") checkVisibility(description, target);
}

/** AWS refuses this when a mapping is made or changed, not when the function's or the queue's timeout is changed later. */
function checkVisibility(
  { visibilityTimeoutSeconds = Infinity }: Extract<SourceDescription, { kind: "exists" }>,
  { timeoutSeconds }: MappedFunction,
): void {
  if (visibilityTimeoutSeconds < timeoutSeconds)
    throw invalidParameter(
      `Queue visibility timeout: ${visibilityTimeoutSeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
    );
}

function failed({ kind }: EventSource, code: string, message: string): AwsError {
  const { service, action } = LOOKS[kind];
  return invalidParameter(`Error occurred while ${action}. ${service} Error Code: ${code}. ${service} Error Message: ${message}`);
}
