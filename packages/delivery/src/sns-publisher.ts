import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { clientSettings, perPlace, type ServiceAddress } from "./endpoints.ts";
import { refuseFifo, requireSize, textsOf, type Addressed, type Message } from "./message.ts";
import { traced } from "./trace-header.ts";

/** Body and attributes. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const BYTES_MAX = 262_144;

/** Publishes to standard topics, without a subject. */
export function createSnsPublisher(address: ServiceAddress): { send(message: Addressed<Message>): Promise<void>; close(): void } {
  const clients = perPlace((place) => new SNSClient(clientSettings(place, address)));
  return {
    async send({ target, body, attributes, traceHeader, abortSignal }) {
      refuseFifo(target);
      requireSize(target, [body, ...textsOf(attributes)], BYTES_MAX);
      const command = new PublishCommand({ TopicArn: target.arn, Message: body, MessageAttributes: attributes });
      await clients.at(target).send(traced(command, traceHeader), { abortSignal });
    },
    close: () => clients.close(),
  };
}
