import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { clientSettings, perPlace } from "./endpoints.ts";
import { attributesOf, bodyOf, refuseFifo, requireSize, textsOf, type Carrier } from "./parcel.ts";

/** Body and attributes. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const BYTES_MAX = 262_144;

/** Publishes to standard topics, without a subject. */
export function createSnsCarrier(endpoint: string): Carrier {
  const clients = perPlace((place) => new SNSClient(clientSettings(place, endpoint)));
  return {
    async send(parcel) {
      const { arn, abortSignal } = parcel;
      refuseFifo(arn);
      const Message = bodyOf(parcel);
      const MessageAttributes = attributesOf(parcel);
      requireSize(arn, [Message, ...textsOf(MessageAttributes)], BYTES_MAX);
      await clients.at(arn).send(new PublishCommand({ TopicArn: arn.arn, Message, MessageAttributes }), { abortSignal });
    },
    close: () => clients.close(),
  };
}
