import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { clientSettings, perPlace } from "./endpoints.ts";
import { attributesOf, bodyOf, refuseFifo, type Carrier } from "./parcel.ts";
import type { TargetArn } from "./target-arn.ts";

const BYTES_MAX = 1_048_576;

/** Delivers to standard queues, with the trace header that AWS adds [recorded]. */
export function createSqsCarrier(endpoint: string): Carrier {
  const clients = perPlace((place) => new SQSClient(clientSettings(place, endpoint)));
  const urls = new Map<string, string>();

  const urlOf = async (target: TargetArn): Promise<string> => {
    const known = urls.get(target.arn);
    if (known !== undefined) return known;
    const { QueueUrl: url } = await clients
      .at(target)
      .send(new GetQueueUrlCommand({ QueueName: target.resource, QueueOwnerAWSAccountId: target.accountId }));
    urls.set(target.arn, url!);
    return url!;
  };
  return {
    async send(parcel) {
      const { arn: target, ended } = parcel;
      refuseFifo(target);
      const message = {
        MessageBody: bodyOf(parcel, BYTES_MAX, target.arn),
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: ended.event.traceId } },
        ...attributesOf(parcel),
      } as const;
      try {
        await clients.at(target).send(new SendMessageCommand({ ...message, QueueUrl: await urlOf(target) }));
      } catch (error) {
        urls.delete(target.arn); // a queue made again has another URL
        throw error;
      }
    },
    close: () => clients.close(),
  };
}
