/** The function that load runs make of a distribution: it waits as long as its event says. Node.js. */
import type { Draw } from "../simulate/stream-context.ts";

/** Its only file, `index.mjs`. Of a batch it waits for the longest; what may be tried again is drawn anew each time. */
export const MODELLED_SOURCE = `
const bodyOf = ({ body, kinesis }) => JSON.parse(body ?? Buffer.from(kinesis.data, "base64").toString());

export const handler = async (event) => {
  const wanted = event.Records === undefined ? [event] : event.Records.map(bodyOf);
  const begunAt = performance.timeOrigin + performance.now();
  const ms = Math.max(0, ...wanted.map((each) => each.ms ?? 0));
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { fails, failRate = 0 } = wanted[0] ?? {};
  if (fails ?? Math.random() < failRate) throw new Error("This invocation was to fail.");
  return { begunAt, endedAt: performance.timeOrigin + performance.now() };
};
`;

/** What a synchronous request carries for it: all of it is decided beforehand. */
export function decidedPayload({ durationMs, fails }: Draw): string {
  return JSON.stringify({ ms: rounded(durationMs), fails });
}

/** What an event, a message or a record carries for it: a try that fails says nothing about the next. */
export function repeatablePayload({ durationMs }: Draw, failRate: number): string {
  return JSON.stringify({ ms: rounded(durationMs), failRate });
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
