/** What runs and what does not, asked again and again while the page is seen. */
import { signal } from "@preact/signals";
import type { PartStatus } from "../../src/contract.ts";
import { loadFacts, facts } from "./facts.ts";
import { markLost } from "./live.ts";

/** Every part of Lambdock; empty until it is known. */
export const parts = signal<readonly PartStatus[]>([]);

const EVERY_MS = 2_500;

async function ask(): Promise<readonly PartStatus[]> {
  try {
    const answer = await fetch("/_lambdock/console/status", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (answer.status === 401) {
      await loadFacts();
      return parts.value;
    }
    const body = (await answer.json()) as { readonly parts?: readonly PartStatus[]; readonly message?: string };
    if (body.parts !== undefined) return body.parts;
    return [{ name: "console", ok: false, message: body.message ?? `The console answered ${answer.status}.` }];
  } catch {
    return [{ name: "Lambdock", ok: false, message: "Lambdock does not answer. This page goes on by itself when it does." }];
  }
}

/** Looks for ever. */
export async function watchStatus(): Promise<void> {
  for (;;) {
    if (document.visibilityState === "visible" && facts.value?.signedIn === true) {
      const now = await ask();
      const executorLost = isDown(now, "executor") && !isDown(parts.value, "executor");
      if (executorLost) markLost();
      if (JSON.stringify(now) !== JSON.stringify(parts.value)) parts.value = now;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

function isDown(all: readonly PartStatus[], name: string): boolean {
  return all.some((part) => !part.ok && (part.name === name || part.name === "Lambdock"));
}
