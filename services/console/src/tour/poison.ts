/** A queue with a message that cannot be worked on. */
import { ORDERS, ORDERS_DEAD, RECEIVES_MAX, VISIBILITY_SECONDS, WORKER } from "./functions.ts";
import { messagesIn, queueArn, queueUrl } from "./queues.ts";
import { until, type TourStep } from "./step.ts";

const MESSAGES = 10;
const ENABLED_WITHIN_MS = 60_000;
const DEAD_WITHIN_MS = 90_000;

export const poisonStep: TourStep = {
  id: "poison",
  title: "A poison message",
  text: () =>
    `Ten orders wait in a queue, and the worker gets them as one batch; it reports the one that it cannot work on, and only that one comes back after ${VISIBILITY_SECONDS} seconds. Received ${RECEIVES_MAX} times without success, it moves to the queue's dead-letter queue, and the other nine were never delayed.`,
  async play(context) {
    const { client } = context;
    const url = await queueUrl(context, ORDERS);
    await client.sqs("SendMessageBatch", {
      QueueUrl: url,
      Entries: Array.from({ length: MESSAGES }, (_, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify({ order: index + 1, poison: index === 6 }),
      })),
    });
    context.say(`${MESSAGES} messages sent, number 7 is poison.`);
    const { body } = await client.must("POST", "/2015-03-31/event-source-mappings/", {
      FunctionName: WORKER,
      EventSourceArn: queueArn(context, ORDERS),
      BatchSize: MESSAGES,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    const { UUID } = body as { readonly UUID: string };
    await until(context, ENABLED_WITHIN_MS, async () => {
      const mapping = await client.must("GET", `/2015-03-31/event-source-mappings/${UUID}`);
      return (mapping.body as { readonly State: string }).State === "Enabled" ? true : undefined;
    });
    context.say("The mapping is enabled: it polls.");
    await until(context, DEAD_WITHIN_MS, async () => ((await messagesIn(context, ORDERS_DEAD)) > 0 ? true : undefined));
    context.say("Nine orders are done, the poison message is in the dead-letter queue.");
  },
};
