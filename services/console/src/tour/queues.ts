/** Queues of the tour. */
import type { TourContext } from "./step.ts";

/** The queue's ARN, here. */
export function queueArn({ region, accountId }: Pick<TourContext, "region" | "accountId">, name: string): string {
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}

/** The queue's address; `undefined` when there is none of that name. */
export async function queueUrl({ client }: TourContext, name: string): Promise<string | undefined> {
  try {
    return (await client.sqs<{ readonly QueueUrl: string }>("GetQueueUrl", { QueueName: name })).QueueUrl;
  } catch {
    return undefined;
  }
}

/** Messages that wait in a queue. */
export async function messagesIn(context: TourContext, name: string): Promise<number> {
  const { Attributes } = await context.client.sqs<{ readonly Attributes: { readonly ApproximateNumberOfMessages: string } }>(
    "GetQueueAttributes",
    {
      QueueUrl: await queueUrl(context, name),
      AttributeNames: ["ApproximateNumberOfMessages"],
    },
  );
  return Number(Attributes.ApproximateNumberOfMessages);
}
