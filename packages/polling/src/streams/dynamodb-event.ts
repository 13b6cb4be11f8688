/** A DynamoDB Streams record as a function sees it (esm.md section 4.5) [recorded]. */

/** An attribute's value in DynamoDB's JSON, binaries in base64. */
export type AttributeJson =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly M: ItemJson }
  | { readonly L: readonly AttributeJson[] };

/** Attributes by name. */
export interface ItemJson {
  readonly [name: string]: AttributeJson;
}

/** A record of GetRecords. */
export interface DynamoDbSourceRecord {
  /** 32 hexadecimal digits. */
  readonly eventId: string;
  readonly eventName: string;
  readonly sequenceNumber: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly keys: ItemJson;
  readonly newImage?: ItemJson;
  readonly oldImage?: ItemJson;
  readonly sizeBytes: number;
  readonly streamViewType: string;
  /** Of deletions by time to live. */
  readonly userIdentity?: { readonly type: string; readonly principalId: string };
}

/** An element of the event's `Records`. */
export interface DynamoDbEventRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: "1.1";
  readonly eventSource: "aws:dynamodb";
  readonly awsRegion: string;
  readonly userIdentity?: { readonly type: string; readonly principalId: string };
  readonly dynamodb: Readonly<Record<string, unknown>>;
  readonly eventSourceARN: string;
}

/** The record in AWS's form and key order; region and ARN are the mapping's, whatever the source says. */
export function dynamoDbEventRecord(
  record: DynamoDbSourceRecord,
  mapping: { readonly region: string; readonly eventSourceArn: string },
): DynamoDbEventRecord {
  return {
    eventID: record.eventId,
    eventName: record.eventName,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: mapping.region,
    ...(record.userIdentity === undefined ? {} : { userIdentity: record.userIdentity }),
    dynamodb: {
      // Whole seconds.
      ApproximateCreationDateTime: Math.floor(record.createdAt / 1_000),
      Keys: record.keys,
      ...(record.newImage === undefined ? {} : { NewImage: record.newImage }),
      ...(record.oldImage === undefined ? {} : { OldImage: record.oldImage }),
      SequenceNumber: record.sequenceNumber,
      SizeBytes: record.sizeBytes,
      StreamViewType: record.streamViewType,
    },
    eventSourceARN: mapping.eventSourceArn,
  };
}

/** The item that a record is about, as a text that is the same for the same item. */
export function itemKey(keys: ItemJson): string {
  return JSON.stringify(
    Object.keys(keys)
      .sort()
      .map((name) => [name, keys[name]]),
  );
}
