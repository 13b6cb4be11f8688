/** Names of queue attributes. AWS: `QueueAttributeName`. */

/** Attributes that a caller may set on every queue. */
export const SETTABLE = [
  "DelaySeconds",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "Policy",
  "ReceiveMessageWaitTimeSeconds",
  "VisibilityTimeout",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "SqsManagedSseEnabled",
] as const;

/** Attributes of FIFO queues. */
export const SETTABLE_FIFO = ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"] as const;

/** Attributes that are counted or noted by the queue itself. */
export const COUNTED = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;
const NOTED = ["CreatedTimestamp", "LastModifiedTimestamp", "QueueArn"] as const;

export const ATTRIBUTE_NAMES: ReadonlySet<string> = new Set(["All", ...SETTABLE, ...SETTABLE_FIFO, ...COUNTED, ...NOTED]);
