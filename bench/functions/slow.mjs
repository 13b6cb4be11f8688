/** Takes five seconds, and no processor. */
import { setTimeout as pause } from "node:timers/promises";

export const handler = async () => {
  await pause(5_000);
};
