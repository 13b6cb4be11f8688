import { functionArn } from "@lambdock/model/arn";
import { mappingArn, type EventSourceMapping, type MappingSettings, type StreamSettings } from "@lambdock/model/event-source-mapping";

/** A mapping as every operation shows it: EventSourceMappingConfiguration (esm.md, section 2). */
export function shownMapping(mapping: EventSourceMapping): object {
  const { accountId, region, functionName: name, qualifier, settings } = mapping;
  return {
    UUID: mapping.uuid,
    EventSourceMappingArn: mappingArn(mapping),
    EventSourceArn: mapping.eventSourceArn,
    FunctionArn: functionArn({ accountId, region, name }, qualifier),
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.maximumBatchingWindowSeconds,
    FunctionResponseTypes: settings.reportBatchItemFailures ? ["ReportBatchItemFailures"] : [],
    LastModified: mapping.lastModified / 1_000,
    State: mapping.state,
    StateTransitionReason: mapping.stateTransitionReason,
    ...shownOptions(settings),
    ...(settings.stream === undefined ? {} : shownStream(settings.stream, mapping.lastProcessingResult)),
  };
}

function shownOptions(settings: MappingSettings): object {
  const { filters, kmsKeyArn, metrics, maximumConcurrency, provisionedPollers: pollers } = settings;
  return {
    // Filters under a customer's key are not shown.
    ...(filters.length === 0 || kmsKeyArn !== undefined
      ? {}
      : { FilterCriteria: { Filters: filters.map((pattern) => ({ Pattern: pattern })) } }),
    ...(kmsKeyArn === undefined ? {} : { KMSKeyArn: kmsKeyArn }),
    ...(metrics === undefined ? {} : { MetricsConfig: { Metrics: metrics } }),
    ...(maximumConcurrency === undefined ? {} : { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
    ...(pollers === undefined
      ? {}
      : {
          ProvisionedPollerConfig: {
            MinimumPollers: pollers.minimum,
            MaximumPollers: pollers.maximum,
            ...(pollers.groupName === undefined ? {} : { PollerGroupName: pollers.groupName }),
          },
        }),
  };
}

function shownStream(stream: StreamSettings, lastProcessingResult: string | undefined): object {
  const { startingPositionTimestamp: timestamp, onFailureDestination: destination } = stream;
  return {
    StartingPosition: stream.startingPosition,
    ...(timestamp === undefined ? {} : { StartingPositionTimestamp: timestamp / 1_000 }),
    ParallelizationFactor: stream.parallelizationFactor,
    MaximumRecordAgeInSeconds: stream.maximumRecordAgeSeconds,
    MaximumRetryAttempts: stream.maximumRetryAttempts,
    BisectBatchOnFunctionError: stream.bisectBatchOnFunctionError,
    TumblingWindowInSeconds: stream.tumblingWindowSeconds,
    DestinationConfig: { OnFailure: destination === undefined ? {} : { Destination: destination } },
    ...(lastProcessingResult === undefined ? {} : { LastProcessingResult: lastProcessingResult }),
  };
}
