/** The function that load runs make of a distribution: it waits as long as its event says. Node.js. */
import type { Draw } from "../simulate/stream-context.ts";

/** Its only file, `index.mjs`. Of a batch it waits for the longest, and fails if any shall fail. */
export const MODELLED_SOURCE = `
const bodyOf = ({ body, kinesis }) => JSON.parse(body ?? Buffer.from(kinesis.data, "base64").toString());

export const handler = async (event) => {
  const wanted = event.Records === undefined ? [event] : event.Records.map(bodyOf);
  const begunAt = performance.timeOrigin + performance.now();
  const ms = Math.max(0, ...wanted.map((each) => each.ms ?? 0));
  await new Promise((resolve) => setTimeout(resolve, ms));
  if (wanted.some((each) => each.fails)) throw new Error("This invocation was to fail.");
  return { begunAt, endedAt: performance.timeOrigin + performance.now() };
};
`;

/** What one request carries for it. */
export function modelledPayload({ durationMs, fails }: Draw): string {
  return JSON.stringify({ ms: Math.round(durationMs * 1_000) / 1_000, ...(fails ? { fails } : {}) });
}
