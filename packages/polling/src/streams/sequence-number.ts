/**
 * Sequence numbers of Kinesis and DynamoDB Streams: decimal texts of up to 128 digits that grow within
 * a shard. They differ in length (DynamoDB) and exceed any number type.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Record.html
 */

/** Negative, zero or positive, as a sort wants it. */
export function compareSequenceNumbers(one: string, other: string): number {
  const [a, b] = [withoutZeros(one), withoutZeros(other)];
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function withoutZeros(text: string): string {
  return text.startsWith("0") ? text.replace(/^0+(?=\d)/, "") : text;
}
