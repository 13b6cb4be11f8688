import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { clientSettings, perPlace } from "./endpoints.ts";
import { attributesOf, bodyOf, refuseFifo, requireSize, textsOf, type Carrier, type Parcel } from "./parcel.ts";

/** Body and attributes; the trace header does not count. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const BYTES_MAX = 1_048_576;

/** Delivers to standard queues, with the trace header that AWS adds [recorded]. */
export function createSqsCarrier(endpoint: string): Carrier {
  // A queue's URL carries the host under which its owner reached it, which may mean nothing here.
  const clients = perPlace((place) => new SQSClient({ ...clientSettings(place, endpoint), useQueueUrlAsEndpoint: false }));
  const urls = new Map<string, string>();

  const urlOf = async ({ arn, abortSignal }: Parcel): Promise<string> => {
    const known = urls.get(arn.arn);
    if (known !== undefined) return known;
    const query = new GetQueueUrlCommand({ QueueName: arn.resource, QueueOwnerAWSAccountId: arn.accountId });
    const { QueueUrl: url } = await clients.at(arn).send(query, { abortSignal });
    urls.set(arn.arn, url!);
    return url!;
  };
  return {
    async send(parcel) {
      const { arn, ended, abortSignal } = parcel;
      refuseFifo(arn);
      const MessageBody = bodyOf(parcel);
      const MessageAttributes = attributesOf(parcel);
      requireSize(arn, [MessageBody, ...textsOf(MessageAttributes)], BYTES_MAX);
      const { traceId } = ended.event;
      const trace = traceId === "" ? {} : { MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: traceId } } };
      try {
        const QueueUrl = await urlOf(parcel);
        await clients.at(arn).send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes, ...trace }), { abortSignal });
      } catch (error) {
        urls.delete(arn.arn); // a queue made again has another URL
        throw error;
      }
    },
    close: () => clients.close(),
  };
}
