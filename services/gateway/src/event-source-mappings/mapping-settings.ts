import { checkFilterPattern, INVALID_FILTER } from "@lambdock/event-pattern/source-filter";
import { InvalidPattern } from "@lambdock/event-pattern/invalid-pattern";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import type { MappingSettings, StreamSettings } from "@lambdock/model/event-source-mapping";
import type { EventSource } from "./event-source.ts";
import type { CreateMappingInput, SettingsInput } from "./mapping-inputs.ts";

/** What a mapping is set to, from what the user gave and what it was before; defaults as AWS's (esm.md, section 1). */

const BATCH_SIZE = { sqs: 10, kinesis: 100, dynamodb: 100 } as const;
const PROVISIONED_POLLERS = { minimum: 2, maximum: 200 } as const;

/** Settings of a new mapping. Where reading begins was checked before. */
export function newSettings(source: EventSource, input: CreateMappingInput): MappingSettings {
  const common = {
    batchSize: BATCH_SIZE[source.kind],
    maximumBatchingWindowSeconds: 0,
    reportBatchItemFailures: false,
    filters: [],
  };
  if (source.kind === "sqs" || input.StartingPosition === undefined) return changedSettings(common, input);
  const stream: StreamSettings = {
    parallelizationFactor: 1,
    startingPosition: input.StartingPosition,
    ...(input.StartingPositionTimestamp === undefined ? {} : { startingPositionTimestamp: input.StartingPositionTimestamp * 1_000 }),
    maximumRecordAgeSeconds: -1,
    maximumRetryAttempts: -1,
    bisectBatchOnFunctionError: false,
    tumblingWindowSeconds: 0,
  };
  return changedSettings({ ...common, stream }, input);
}

/** What is given replaces; an empty structure, list or text removes. */
export function changedSettings(before: MappingSettings, input: SettingsInput): MappingSettings {
  const { metrics, kmsKeyArn, maximumConcurrency, provisionedPollers, stream, ...rest } = before;
  return {
    ...rest,
    batchSize: input.BatchSize ?? before.batchSize,
    maximumBatchingWindowSeconds: input.MaximumBatchingWindowInSeconds ?? before.maximumBatchingWindowSeconds,
    reportBatchItemFailures: input.FunctionResponseTypes?.includes("ReportBatchItemFailures") ?? before.reportBatchItemFailures,
    filters: filtersOf(input) ?? before.filters,
    ...member("metrics", nonEmpty(input.MetricsConfig === undefined ? metrics : input.MetricsConfig.Metrics)),
    ...member("kmsKeyArn", nonEmpty(input.KMSKeyArn ?? kmsKeyArn)),
    ...member("maximumConcurrency", input.ScalingConfig === undefined ? maximumConcurrency : input.ScalingConfig.MaximumConcurrency),
    ...member("provisionedPollers", input.ProvisionedPollerConfig === undefined ? provisionedPollers : pollersOf(input)),
    ...member("stream", stream === undefined ? undefined : changedStream(stream, input)),
  };
}

function changedStream({ onFailureDestination, ...before }: StreamSettings, input: SettingsInput): StreamSettings {
  const failure = input.DestinationConfig?.OnFailure;
  return {
    ...before,
    parallelizationFactor: input.ParallelizationFactor ?? before.parallelizationFactor,
    maximumRecordAgeSeconds: input.MaximumRecordAgeInSeconds ?? before.maximumRecordAgeSeconds,
    maximumRetryAttempts: input.MaximumRetryAttempts ?? before.maximumRetryAttempts,
    bisectBatchOnFunctionError: input.BisectBatchOnFunctionError ?? before.bisectBatchOnFunctionError,
    tumblingWindowSeconds: input.TumblingWindowInSeconds ?? before.tumblingWindowSeconds,
    ...member("onFailureDestination", nonEmpty(failure === undefined ? onFailureDestination : failure.Destination)),
  };
}

function filtersOf({ FilterCriteria }: SettingsInput): readonly string[] | undefined {
  return FilterCriteria === undefined ? undefined : (FilterCriteria.Filters ?? []).map(({ Pattern = "" }) => checkedPattern(Pattern));
}

function checkedPattern(pattern: string): string {
  try {
    checkFilterPattern(pattern);
    return pattern;
  } catch (error) {
    throw error instanceof InvalidPattern ? invalidParameter(INVALID_FILTER) : error;
  }
}

function pollersOf({ ProvisionedPollerConfig = {} }: SettingsInput): MappingSettings["provisionedPollers"] {
  const { MinimumPollers, MaximumPollers, PollerGroupName } = ProvisionedPollerConfig;
  const groupName = nonEmpty(PollerGroupName);
  if (MinimumPollers === undefined && MaximumPollers === undefined && groupName === undefined) return undefined;
  return {
    minimum: MinimumPollers ?? PROVISIONED_POLLERS.minimum,
    maximum: MaximumPollers ?? PROVISIONED_POLLERS.maximum,
    ...member("groupName", groupName),
  };
}

function nonEmpty<Value extends string | readonly unknown[]>(value: Value | undefined): Value | undefined {
  return value === undefined || value.length === 0 ? undefined : value;
}

/** The member, unless it is undefined: then none. */
function member<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}
