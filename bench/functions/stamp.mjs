/** Tells the host when it began, for each message or record by the id in it. */
export const handler = async ({ Records = [] }) => {
  const at = Date.now();
  if (Records.length > 0)
    await fetch(process.env.LEDGER, { method: "POST", body: JSON.stringify(Records.map((record) => ({ id: idOf(record), at }))) });
};

function idOf({ body, kinesis, dynamodb }) {
  if (body !== undefined) return body;
  return kinesis === undefined ? dynamodb.Keys.id.S : Buffer.from(kinesis.data, "base64").toString();
}
