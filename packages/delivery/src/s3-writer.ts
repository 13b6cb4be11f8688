import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { clientSettings, perPlace, type Place, type ServiceAddress } from "./endpoints.ts";
import type { Addressed } from "./message.ts";
import { traced } from "./trace-header.ts";

/** An object to be stored, JSON. */
export interface BucketObject {
  readonly bucketArn: string;
  readonly key: string;
  readonly body: string;
  /** A bucket's ARN names neither region nor account: those of the function. */
  readonly place: Place;
  /** `X-Amzn-Trace-Id` of what caused it; absent or empty for none. */
  readonly traceHeader?: string;
}

/** Stores objects. */
export function createS3Writer(address: ServiceAddress): { send(object: Addressed<BucketObject>): Promise<void>; close(): void } {
  // Other stores than AWS's often know neither buckets as host names nor the newer checksums.
  const compatible = { forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" } as const;
  const clients = perPlace((place) => new S3Client({ ...clientSettings(place, address), ...compatible }));
  return {
    async send({ target, key, body, place, traceHeader, abortSignal }) {
      const command = new PutObjectCommand({ Bucket: target.resource, Key: key, Body: body, ContentType: "application/json" });
      await clients.at(place).send(traced(command, traceHeader), { abortSignal });
    },
    close: () => clients.close(),
  };
}
