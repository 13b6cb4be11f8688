/** Inputs of the operations as the API model names them; constraints of single members are checked before. */

export interface SettingsInput {
  readonly FunctionName?: string;
  readonly Enabled?: boolean;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern?: string }[] };
  readonly MetricsConfig?: { readonly Metrics?: readonly string[] };
  readonly KMSKeyArn?: string;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly ProvisionedPollerConfig?: {
    readonly MinimumPollers?: number;
    readonly MaximumPollers?: number;
    readonly PollerGroupName?: string;
  };
  readonly ParallelizationFactor?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly MaximumRetryAttempts?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly TumblingWindowInSeconds?: number;
  readonly DestinationConfig?: {
    readonly OnSuccess?: { readonly Destination?: string };
    readonly OnFailure?: { readonly Destination?: string };
  };
  /** Kafka, MQ and DocumentDB only. */
  readonly SourceAccessConfigurations?: readonly object[];
  readonly AmazonManagedKafkaEventSourceConfig?: object;
  readonly SelfManagedKafkaEventSourceConfig?: object;
  readonly DocumentDBEventSourceConfig?: object;
  readonly LoggingConfig?: object;
}

export interface CreateMappingInput extends SettingsInput {
  readonly FunctionName: string;
  readonly EventSourceArn?: string;
  readonly StartingPosition?: "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP";
  /** Epoch seconds. */
  readonly StartingPositionTimestamp?: number;
  readonly SelfManagedEventSource?: object;
  readonly Topics?: readonly string[];
  readonly Queues?: readonly string[];
  readonly Tags?: Readonly<Record<string, string>>;
}

export interface UpdateMappingInput extends SettingsInput {
  readonly UUID: string;
}

export interface ListMappingsInput {
  readonly EventSourceArn?: string;
  readonly FunctionName?: string;
  readonly Marker?: string;
  readonly MaxItems?: number;
}
