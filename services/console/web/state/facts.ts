import { signal } from "@preact/signals";
import type { ConsoleFacts } from "../../src/contract.ts";

/** What the server told at the start; `undefined` until then. */
export const facts = signal<ConsoleFacts | undefined>(undefined);
/** Why it could not be asked. */
export const factsError = signal("");
/** Milliseconds by which the server's clock is ahead of this browser's. */
export const clockOffset = signal(0);

/** Epoch milliseconds as the server counts them. */
export function serverNow(): number {
  return Date.now() + clockOffset.value;
}

/** Asks for the facts; tells whether it could. */
export async function loadFacts(): Promise<boolean> {
  try {
    const asked = Date.now();
    const answer = await fetch("/_lambdock/console/facts", { cache: "no-store" });
    const body = (await answer.json()) as ConsoleFacts & { readonly message?: string };
    if (!answer.ok) throw new Error(body.message ?? `status ${answer.status}`);
    clockOffset.value = body.now - (asked + Date.now()) / 2;
    facts.value = body;
    factsError.value = "";
    return true;
  } catch (error) {
    factsError.value = error instanceof Error ? error.message : String(error);
    return false;
  }
}
