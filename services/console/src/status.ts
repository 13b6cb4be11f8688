/** What runs and what does not: asked on request, nothing is remembered. */
import { connect } from "node:net";
import type { Watched } from "./config.ts";
import type { PartStatus } from "./contract.ts";

/** Longer than that is down, for somebody who looks. */
const ANSWER_MS = 2_000;
/** The gateway itself waits for Redis, five seconds at most, and then says that Redis does not answer. */
const GATEWAY_ANSWER_MS = 7_000;

/** Asks the gateway, through it executor and Redis, and every service that is watched. */
export async function statusOf(gateway: string, watched: readonly Watched[]): Promise<readonly PartStatus[]> {
  const [core, ...others] = await Promise.all([gatewayStatus(gateway), ...watched.map(probe)]);
  return [...core, ...others];
}

type Health = { readonly ok: boolean; readonly message?: string };

async function gatewayStatus(gateway: string): Promise<readonly PartStatus[]> {
  try {
    const answer = await fetch(`${gateway}/_lambdock/health`, { signal: AbortSignal.timeout(GATEWAY_ANSWER_MS) });
    const { executor, redis } = (await answer.json()) as { readonly executor: Health; readonly redis: Health };
    return [
      { name: "gateway", ok: true },
      { name: "executor", ...executor },
      { name: "redis", ...redis },
    ];
  } catch (error) {
    return [{ name: "gateway", ok: false, message: `The gateway does not answer (${reasonOf(error, GATEWAY_ANSWER_MS)}).` }];
  }
}

async function probe({ name, url }: Watched): Promise<PartStatus> {
  try {
    if (url.protocol === "tcp:") await connects(url);
    else await answers(url);
    return { name, ok: true };
  } catch (error) {
    return { name, ok: false, message: `${name} does not answer (${reasonOf(error, ANSWER_MS)}).` };
  }
}

async function answers(url: URL): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text.trim() || `status ${answer.status}`);
}

function connects({ hostname, port }: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: ANSWER_MS }, () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
  });
}

/** fetch hides the cause behind "fetch failed", and calls silence an aborted operation. */
function reasonOf(error: unknown, waitedMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `nothing came in ${waitedMs / 1_000} s`;
  const { message, cause } = error as { readonly message?: string; readonly cause?: { readonly code?: string; readonly message?: string } };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
