import type { Scope } from "@lambdock/model/arn";
import { AwsError, invalidParameter } from "@lambdock/model/errors/aws-error";
import type { MappingSettings, StreamSettings } from "@lambdock/model/event-source-mapping";
import type { EventSource } from "./event-source.ts";
import { checkFailureDestination } from "./failure-destination.ts";
import type { CreateMappingInput } from "./mapping-inputs.ts";

/** What settings must be together. Messages that no recording or field report has are Lambdock's own and name the member. */

const FILTERS_MAX = 5;
const RECORD_AGE_SECONDS_MIN = 60;
const FIFO_BATCH_SIZE_MAX = 10;
const SQS_POLLERS_MIN = 2;

/** Checks where reading of a stream begins; `now` is epoch milliseconds. */
export function checkStartingPosition(source: EventSource, input: CreateMappingInput, now: number): void {
  if (source.kind === "sqs") return;
  const { StartingPosition: position, StartingPositionTimestamp: timestamp } = input;
  if (position === undefined)
    throw new AwsError(
      "InvalidParameterValueException",
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  if (position === "AT_TIMESTAMP" && source.kind === "dynamodb")
    throw invalidParameter(`Unsupported starting position for arn type: ${source.arn}`);
  if (position === "AT_TIMESTAMP" && timestamp === undefined) throw invalidParameter("Need to specify a timestamp");
  if (position !== "AT_TIMESTAMP" && timestamp !== undefined)
    throw invalidParameter("StartingPositionTimestamp is valid only when StartingPosition is AT_TIMESTAMP.");
  if (timestamp !== undefined && timestamp * 1_000 > now) throw invalidParameter("StartingPositionTimestamp cannot be in the future.");
}

/** Throws InvalidParameterValueException for settings that don't go together. */
export function checkSettings(scope: Scope, source: EventSource, settings: MappingSettings): void {
  if (source.kind === "sqs") checkQueueSettings(source, settings);
  if (settings.stream !== undefined) checkStreamSettings(scope, settings.stream);
  if (settings.filters.length > FILTERS_MAX)
    throw invalidParameter(`FilterCriteria can have at most ${FILTERS_MAX} filters, not ${settings.filters.length}.`);
}

function checkQueueSettings({ fifo }: EventSource, settings: MappingSettings): void {
  const { batchSize, maximumBatchingWindowSeconds: windowSeconds, maximumConcurrency, provisionedPollers: pollers } = settings;
  if (fifo && windowSeconds > 0) throw invalidParameter("Batching window is not supported for FIFO queues");
  if (fifo && batchSize > FIFO_BATCH_SIZE_MAX)
    throw invalidParameter(`BatchSize of a FIFO queue can be at most ${FIFO_BATCH_SIZE_MAX}, not ${batchSize}.`);
  if (batchSize > 10 && windowSeconds === 0)
    throw invalidParameter("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  if (pollers === undefined) return;
  if (maximumConcurrency !== undefined)
    throw invalidParameter("ScalingConfig.MaximumConcurrency and ProvisionedPollerConfig cannot be used together.");
  if (pollers.minimum < SQS_POLLERS_MIN || pollers.maximum < SQS_POLLERS_MIN)
    throw invalidParameter(`MinimumPollers and MaximumPollers of an SQS event source must be at least ${SQS_POLLERS_MIN}.`);
  if (pollers.minimum > pollers.maximum)
    throw invalidParameter(`MinimumPollers (${pollers.minimum}) cannot be greater than MaximumPollers (${pollers.maximum}).`);
}

function checkStreamSettings(scope: Scope, stream: StreamSettings): void {
  const { maximumRecordAgeSeconds: age, tumblingWindowSeconds, parallelizationFactor, onFailureDestination } = stream;
  if (age !== -1 && age < RECORD_AGE_SECONDS_MIN)
    throw invalidParameter(`MaximumRecordAgeInSeconds must be -1 or at least ${RECORD_AGE_SECONDS_MIN}, not ${age}.`);
  if (tumblingWindowSeconds > 0 && parallelizationFactor > 1)
    throw invalidParameter("TumblingWindowInSeconds needs a ParallelizationFactor of 1.");
  if (onFailureDestination !== undefined) checkFailureDestination(scope, onFailureDestination);
}
