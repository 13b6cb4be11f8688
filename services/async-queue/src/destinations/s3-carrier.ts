import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { clientSettings, perPlace } from "./endpoints.ts";
import { bodyOf, type Carrier, type Parcel } from "./parcel.ts";

/** Stores the record of a failure as an object. */
export function createS3Carrier(endpoint: string): Carrier {
  const clients = perPlace((place) => new S3Client({ ...clientSettings(place, endpoint), forcePathStyle: true }));
  return {
    async send(parcel) {
      const { arn: target, ended } = parcel;
      const body = bodyOf(parcel, Number.POSITIVE_INFINITY, target.arn);
      // A bucket's ARN names neither region nor account: those of the function are taken.
      await clients
        .at(ended.event)
        .send(new PutObjectCommand({ Bucket: target.resource, Key: keyOf(parcel), Body: body, ContentType: "application/json" }));
    },
    close: () => clients.close(),
  };
}

/** `aws/lambda/async/<function-name>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`. */
function keyOf({ ended }: Parcel): string {
  const stamp = new Date(ended.endedAt).toISOString();
  const day = stamp.slice(0, 10).replaceAll("-", "/");
  return `aws/lambda/async/${ended.event.functionName}/${day}/${stamp.slice(0, 19).replaceAll(":", ".")}-${ended.event.requestId}`;
}
