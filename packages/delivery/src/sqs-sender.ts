import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { clientSettings, perPlace, type ServiceAddress } from "./endpoints.ts";
import { refuseFifo, requireSize, textsOf, type Addressed, type Message } from "./message.ts";

/** Body and attributes; the trace header does not count. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const BYTES_MAX = 1_048_576;

/** Sends to standard queues, with the trace header that AWS adds [recorded]. */
export function createSqsSender(address: ServiceAddress): { send(message: Addressed<Message>): Promise<void>; close(): void } {
  // A queue's URL carries the host under which its owner reached it, which may mean nothing here.
  const clients = perPlace((place) => new SQSClient({ ...clientSettings(place, address), useQueueUrlAsEndpoint: false }));
  const urls = new Map<string, string>();

  const urlOf = async ({ target, abortSignal }: Addressed<Message>): Promise<string> => {
    const known = urls.get(target.arn);
    if (known !== undefined) return known;
    const query = new GetQueueUrlCommand({ QueueName: target.resource, QueueOwnerAWSAccountId: target.accountId });
    const { QueueUrl: url } = await clients.at(target).send(query, { abortSignal });
    urls.set(target.arn, url!);
    return url!;
  };
  return {
    async send(message) {
      const { target, body: MessageBody, attributes: MessageAttributes, traceHeader = "", abortSignal } = message;
      refuseFifo(target);
      requireSize(target, [MessageBody, ...textsOf(MessageAttributes)], BYTES_MAX);
      const trace =
        traceHeader === "" ? {} : { MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: traceHeader } } };
      try {
        const QueueUrl = await urlOf(message);
        await clients.at(target).send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes, ...trace }), { abortSignal });
      } catch (error) {
        urls.delete(target.arn); // a queue made again has another URL
        throw error;
      }
    },
    close: () => clients.close(),
  };
}
