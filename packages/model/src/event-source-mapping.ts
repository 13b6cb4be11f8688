/**
 * An event source mapping as Lambdock keeps it: what the user asked for, and what became of it.
 * The gateway writes what is asked, the poller what happens (esm.md, sections 1 and 2).
 */

/** Kinds of sources that the poller reads. */
export type SourceKind = "sqs" | "kinesis" | "dynamodb";

/** States as AWS names them; those that end in -ing are left by the poller alone. */
export type MappingState = "Creating" | "Enabling" | "Enabled" | "Disabling" | "Disabled" | "Updating" | "Deleting";

/** Where reading of a stream begins when there is no checkpoint. */
export type StartingPosition = "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP";

/** What the user can set; defaults are filled in. */
export interface MappingSettings {
  readonly batchSize: number;
  /** Seconds, 0-300. */
  readonly maximumBatchingWindowSeconds: number;
  /** `ReportBatchItemFailures` is on. */
  readonly reportBatchItemFailures: boolean;
  /** Patterns as JSON text; a record that matches one of them passes. Empty: all pass. */
  readonly filters: readonly string[];
  /** Of `MetricsConfig`. */
  readonly metrics?: readonly string[];
  readonly kmsKeyArn?: string;
  /** SQS: invocations at a time, 2-1,000. */
  readonly maximumConcurrency?: number;
  /** SQS: provisioned pollers. */
  readonly provisionedPollers?: { readonly minimum: number; readonly maximum: number; readonly groupName?: string };
  /** Streams only; absent for SQS. */
  readonly stream?: StreamSettings;
}

/** What only Kinesis and DynamoDB Streams have. */
export interface StreamSettings {
  /** Batches of one shard at a time, 1-10. */
  readonly parallelizationFactor: number;
  readonly startingPosition: StartingPosition;
  /** Epoch milliseconds; with AT_TIMESTAMP only. */
  readonly startingPositionTimestamp?: number;
  /** Seconds; -1: until the stream drops it. */
  readonly maximumRecordAgeSeconds: number;
  /** -1: until the record is too old. */
  readonly maximumRetryAttempts: number;
  readonly bisectBatchOnFunctionError: boolean;
  /** Seconds; 0: no windows. */
  readonly tumblingWindowSeconds: number;
  /** ARN of an SQS queue, an SNS topic or an S3 bucket. */
  readonly onFailureDestination?: string;
}

/** One mapping. */
export interface EventSourceMapping {
  readonly uuid: string;
  readonly accountId: string;
  readonly region: string;
  readonly source: SourceKind;
  /** Of the queue, stream, stream consumer or table stream. */
  readonly eventSourceArn: string;
  readonly functionName: string;
  /** Version or alias. */
  readonly qualifier?: string;
  readonly settings: MappingSettings;
  /** What the user wants; `state` follows. */
  readonly enabled: boolean;
  /** Grows with each change by the user: who runs the mapping sees that it must take up new settings. */
  readonly generation: number;
  readonly state: MappingState;
  /** `USER_INITIATED` (SQS), `User action` (streams), or why the poller changed the state. */
  readonly stateTransitionReason: string;
  /** Epoch milliseconds. */
  readonly lastModified: number;
  /** Streams: `No records processed`, `OK`, `PROBLEM: Function call failed`, … */
  readonly lastProcessingResult?: string;
}

/** `arn:aws:lambda:<region>:<account>:event-source-mapping:<uuid>`. */
export function mappingArn({ region, accountId, uuid }: Pick<EventSourceMapping, "region" | "accountId" | "uuid">): string {
  return `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${uuid}`;
}
