/** Fails on a third of first attempts, and always for one event in a hundred; the ledger on the host knows which attempt it is. */
import { setTimeout as pause } from "node:timers/promises";

export const handler = async ({ id, milliseconds }) => {
  const answer = await fetch(process.env.LEDGER, { method: "POST", body: JSON.stringify([{ id }]) });
  const [run] = await answer.json();
  await pause(milliseconds);
  if (id % 100 === 1) throw new Error(`event ${id} always fails`);
  if (id % 3 === 0 && run === 1) throw new Error(`event ${id} fails at first`);
  return { id };
};
