/** The records that an answered PutRecord or PutRecords added, as kinesis-local keeps them in its data file. */
import type { IncomingHttpHeaders } from "node:http";

/** One record, and where it went. */
export interface AcceptedRecord {
  /** The stream's, as its key in the data file. */
  readonly arn: string;
  readonly shardId: string;
  readonly record: {
    /** Epoch seconds. */
    readonly ApproximateArrivalTimestamp: number;
    /** Base64. */
    readonly Data: string;
    readonly EncryptionType: string;
    readonly PartitionKey: string;
    readonly SequenceNumber: string;
  };
}

/** A request and its answer. */
export interface PutExchange {
  readonly headers: IncomingHttpHeaders;
  readonly request: Buffer;
  readonly answer: Buffer;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly defaultRegion: string;
}

interface PutEntry {
  readonly Data: string;
  readonly PartitionKey: string;
}

interface PutRequest extends PutEntry {
  readonly StreamName?: string;
  readonly StreamARN?: string;
  readonly Records?: readonly PutEntry[];
}

interface PutResult {
  readonly ShardId?: string;
  readonly SequenceNumber?: string;
  readonly EncryptionType?: string;
}

interface PutAnswer extends PutResult {
  readonly Records?: readonly PutResult[];
}

const DEFAULT_ACCOUNT_ID = "000000000000";

/** Those that were accepted. Throws when the exchange is not JSON. */
export function acceptedRecords({ headers, request, answer, now, defaultRegion }: PutExchange): readonly AcceptedRecord[] {
  const input = JSON.parse(request.toString()) as PutRequest;
  const output = JSON.parse(answer.toString()) as PutAnswer;
  const arn = input.StreamARN ?? arnOf(headers.authorization ?? "", input.StreamName ?? "", defaultRegion);
  const entries = input.Records ?? [input];
  const results = output.Records ?? [output];
  return results.flatMap(({ ShardId, SequenceNumber, EncryptionType = "NONE" }, index) => {
    if (ShardId === undefined || SequenceNumber === undefined) return [];
    const { Data, PartitionKey } = entries[index]!;
    const record = { ApproximateArrivalTimestamp: now / 1_000, Data, EncryptionType, PartitionKey, SequenceNumber };
    return [{ arn, shardId: ShardId, record }];
  });
}

function arnOf(authorization: string, name: string, defaultRegion: string): string {
  const [accessKeyId = "", , region = defaultRegion] = (/Credential=([^,\s]+)/.exec(authorization)?.[1] ?? "").split("/");
  const accountId = /^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT_ID;
  return `arn:aws:kinesis:${region}:${accountId}:stream/${name}`;
}
