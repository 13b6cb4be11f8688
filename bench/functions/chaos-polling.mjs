/** Tells the host of every message or record when a batch begins and when it has ended; fails the first time it meets one in a hundred. */
import { setTimeout as pause } from "node:timers/promises";

export const handler = async ({ Records }) => {
  const contents = Records.map(contentOf);
  const runs = await tell(contents.map((content) => ({ ...content, id: content.name })));
  await pause(10 + Math.random() * 60);
  if (contents.some(({ number }, index) => number % 100 === 50 && runs[index] === 1)) throw new Error("a batch fails at first");
  await tell(contents.map(({ name }) => ({ id: `done ${name}` })));
};

async function tell(entries) {
  const answer = await fetch(process.env.LEDGER, { method: "POST", body: JSON.stringify(entries) });
  return answer.json();
}

/** `{name, key, number}` as the sender wrote it. */
function contentOf({ body, kinesis, dynamodb }) {
  if (body !== undefined) return JSON.parse(body);
  return JSON.parse(kinesis === undefined ? dynamodb.NewImage.content.S : Buffer.from(kinesis.data, "base64").toString());
}
