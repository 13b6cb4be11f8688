import { invalidParameter } from "@lambdock/model/errors/aws-error";
import type { EventSource } from "./event-source.ts";
import type { CreateMappingInput } from "./mapping-inputs.ts";

/** Members that no source has which Lambdock polls. */
const ELSEWHERE = [
  "Topics",
  "Queues",
  "SourceAccessConfigurations",
  "AmazonManagedKafkaEventSourceConfig",
  "SelfManagedKafkaEventSourceConfig",
  "DocumentDBEventSourceConfig",
  "LoggingConfig",
] as const;
const STREAMS_ONLY = [
  "ParallelizationFactor",
  "MaximumRecordAgeInSeconds",
  "MaximumRetryAttempts",
  "BisectBatchOnFunctionError",
  "TumblingWindowInSeconds",
  "StartingPositionTimestamp",
] as const;
const SQS_ONLY = ["ScalingConfig", "ProvisionedPollerConfig"] as const;

/** Throws for a member that the source does not have. Empty structures and lists, which tools send along, are no members. */
export function refuseForeignSettings(source: EventSource, input: Partial<CreateMappingInput>): void {
  const onStream = source.kind !== "sqs";
  if (!onStream && isGiven(input.StartingPosition)) throw invalidParameter("StartingPosition is not valid for SQS event sources.");
  const foreign = [...ELSEWHERE, ...(onStream ? SQS_ONLY : STREAMS_ONLY)].find((name) => isGiven(input[name]));
  if (foreign !== undefined) throw unsupported(foreign);
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
  if (isGiven(OnSuccess) || (!onStream && isGiven(OnFailure))) throw unsupported("DestinationConfig");
  // Of the metrics only this one is counted for these sources.
  if (input.MetricsConfig?.Metrics?.some((metric) => metric !== "EventCount") === true) throw unsupported("MetricsConfig");
}

function unsupported(member: string): Error {
  return invalidParameter(`Unsupported ${member} parameter for given event source mapping type.`);
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  if (typeof value !== "object") return true;
  return Object.values(value).some(isGiven);
}
