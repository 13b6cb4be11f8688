import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Ended } from "@lambdock/async-invoke/destination-record";
import { DeliveryFailed } from "./delivery-failed.ts";
import { clientSettings, perPlace } from "./endpoints.ts";
import { bodyOf, type Carrier } from "./parcel.ts";

/** Stores the record of a failure as an object. */
export function createS3Carrier(endpoint: string): Carrier {
  // Other stores than AWS's often know neither buckets as host names nor the newer checksums.
  const compatible = { forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" } as const;
  const clients = perPlace((place) => new S3Client({ ...clientSettings(place, endpoint), ...compatible }));
  return {
    async send(parcel) {
      const { arn, ended, abortSignal } = parcel;
      if (ended.condition === "Success") throw new DeliveryFailed(`${arn.arn} is a bucket, and buckets take failed events only.`, true);
      const input = { Bucket: arn.resource, Key: keyOf(ended), Body: bodyOf(parcel), ContentType: "application/json" };
      // A bucket's ARN names neither region nor account: those of the function are taken.
      await clients.at(ended.event).send(new PutObjectCommand(input), { abortSignal });
    },
    close: () => clients.close(),
  };
}

/** `aws/lambda/async/<function-name>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>` [docs]; the request's id, so that a repeated delivery writes the same object. */
function keyOf({ event, endedAt }: Ended): string {
  const time = new Date(endedAt).toISOString().slice(0, 19);
  return `aws/lambda/async/${event.functionName}/${time.slice(0, 10).replaceAll("-", "/")}/${time.replaceAll(":", ".")}-${event.requestId}`;
}
