/** Says which environment answers and when it began to; then stays busy, so that no environment serves twice in a burst. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

const environment = randomUUID();

export const handler = async ({ busyMs = 0 }) => {
  const begunAt = Date.now();
  if (busyMs > 0) await pause(busyMs);
  return { environment, begunAt };
};
