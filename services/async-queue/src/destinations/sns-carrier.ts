import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { clientSettings, perPlace } from "./endpoints.ts";
import { attributesOf, bodyOf, refuseFifo, type Carrier } from "./parcel.ts";

const BYTES_MAX = 262_144;

/** Publishes to standard topics, without a subject. */
export function createSnsCarrier(endpoint: string): Carrier {
  const clients = perPlace((place) => new SNSClient(clientSettings(place, endpoint)));
  return {
    async send(parcel) {
      const { arn: target } = parcel;
      refuseFifo(target);
      await clients
        .at(target)
        .send(new PublishCommand({ TopicArn: target.arn, Message: bodyOf(parcel, BYTES_MAX, target.arn), ...attributesOf(parcel) }));
    },
    close: () => clients.close(),
  };
}
