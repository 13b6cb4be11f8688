/**
 * What an on-failure destination of a stream mapping receives, version 1.0 with AWS's key order (esm.md
 * section 4.3) [recorded]. Queues and topics get the metadata, buckets the records too.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
import type { BatchFailure } from "./shard-protocol.ts";
import type { StreamRecord } from "./stream-record.ts";

/** A batch that was given up. */
export interface FailedBatch {
  readonly source: "kinesis" | "dynamodb";
  readonly streamArn: string;
  /** Unqualified. */
  readonly functionArn: string;
  readonly shardId: string;
  /** At least one. */
  readonly records: readonly StreamRecord[];
  readonly failure: BatchFailure;
  /** Stands in when there was no invocation. UUID. */
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly failedAt: number;
}

/** JSON text of the record; `payload`, JSON too, for buckets alone. */
export function failureRecord(batch: FailedBatch, payload?: string): string {
  const { failure, functionArn } = batch;
  const { condition, approximateInvokeCount, last } = failure;
  const requestId = last?.requestId ?? batch.requestId;
  const members = [
    `"requestContext":${JSON.stringify({ requestId, functionArn, condition, approximateInvokeCount })}`,
    // Too old: no responseContext, even when there were invocations before [recorded].
    ...(condition === "RecordAgeExceeded" || last === undefined
      ? []
      : [
          `"responseContext":${JSON.stringify({ statusCode: 200, executedVersion: last.executedVersion, functionError: last.functionError })}`,
        ]),
    `"version":"1.0"`,
    `"timestamp":${JSON.stringify(new Date(batch.failedAt).toISOString())}`,
    `${batch.source === "kinesis" ? `"KinesisBatchInfo"` : `"DDBStreamBatchInfo"`}:${JSON.stringify(batchInfo(batch))}`,
    // The records are JSON already: they pass through untouched.
    ...(payload === undefined ? [] : [`"payload":${payload}`]),
  ];
  return `{${members.join(",")}}`;
}

function batchInfo({ source, shardId, records, streamArn }: FailedBatch): object {
  const first = records[0]!;
  const last = records.at(-1)!;
  const time = (instant: number): string => {
    const text = new Date(instant).toISOString();
    return source === "kinesis" ? text : text.replace(/\.\d{3}Z$/, "Z");
  };
  return {
    shardId,
    startSequenceNumber: first.sequenceNumber,
    endSequenceNumber: last.sequenceNumber,
    approximateArrivalOfFirstRecord: time(first.arrivedAt),
    approximateArrivalOfLastRecord: time(last.arrivedAt),
    batchSize: records.length,
    streamArn,
  };
}

/** Key of the object that a bucket receives: `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`. */
export function failureObjectKey(
  { shardId, failedAt }: Pick<FailedBatch, "shardId" | "failedAt">,
  { mapping, unique }: { readonly mapping: string; readonly unique: string },
): string {
  const time = new Date(failedAt).toISOString().slice(0, 19);
  return `aws/lambda/${mapping}/${shardId}/${time.slice(0, 10).replaceAll("-", "/")}/${time.replaceAll(":", ".")}-${unique}`;
}
