/** Floor of a mapping: what anybody would write with the SDK. Receive 10, delete 10, so many loops at once; nothing is done with a message. */
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";

/** Takes so many messages out of a queue; answers milliseconds. */
export async function takeAll({ sqs, QueueUrl, messages, loops }) {
  let taken = 0;
  const loop = async () => {
    while (taken < messages) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) continue;
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      if (Failed.length > 0) throw new Error(`a message was not deleted: ${Failed[0].Message}`);
      taken += Messages.length;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: loops }, loop));
  return performance.now() - begun;
}
