/** Amazon SQS in its JSON protocol, for setting up and for counting at the end. */
const ACCOUNT = "000000000000";
const LANES = 4;
const EMPTY_RECEIVES = 3;

/** Queues behind an endpoint. */
export function createQueues(endpoint) {
  const call = async (action, input) => {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` };
    const response = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(input), signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${action} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    call,
    /** Creates a queue; its messages come back after so many seconds unless they are deleted. */
    async create(name, attributes = {}) {
      const { QueueUrl } = await call("CreateQueue", { QueueName: name, Attributes: attributes });
      return { QueueUrl, arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}` };
    },
    /** Takes every message out of a queue that nobody else reads; answers their bodies. */
    async drain({ QueueUrl }) {
      const bodies = [];
      const lane = async () => {
        for (let empty = 0; empty < EMPTY_RECEIVES;) {
          const { Messages = [] } = await call("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
          empty = Messages.length === 0 ? empty + 1 : 0;
          if (Messages.length === 0) continue;
          bodies.push(...Messages.map(({ Body }) => Body));
          const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
          await call("DeleteMessageBatch", { QueueUrl, Entries });
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      return bodies;
    },
  };
}
