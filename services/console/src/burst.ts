/** Many invocations at the same moment: a browser sends six requests at a time at most, so the console sends them. */
import type { ApiProxyOptions } from "./api-proxy.ts";
import type { ApiScope } from "./api-scope.ts";
import type { BurstAnswer } from "./contract.ts";
import { scopeHeaders, signedHeaders } from "./signing.ts";

/** What the page asks for. */
export interface Burst {
  readonly functionName: string;
  /** One invocation each. */
  readonly payloads: readonly unknown[];
}

/** Invocations of one burst. */
const INVOCATIONS_MAX = 100;

/** Reads a page's request; `undefined` when it is malformed. */
export function burstOf(body: unknown): Burst | undefined {
  const { functionName, payloads } = (body ?? {}) as { readonly functionName?: unknown; readonly payloads?: unknown };
  if (typeof functionName !== "string" || !/^[\w-]{1,64}$/.test(functionName)) return undefined;
  return Array.isArray(payloads) && payloads.length <= INVOCATIONS_MAX ? { functionName, payloads } : undefined;
}

/** Invokes them all at once and answers how each ended, in the order of their payloads. Rejects when Lambdock does not answer. */
export async function invokeBurst(
  { functionName, payloads }: Burst,
  scope: ApiScope,
  options: ApiProxyOptions,
): Promise<readonly BurstAnswer[]> {
  const path = `/2015-03-31/functions/${functionName}/invocations`;
  const gateway = options.gateway();
  const invokeOne = async (payload: unknown): Promise<BurstAnswer> => {
    const body = Buffer.from(JSON.stringify(payload));
    const headers = { host: new URL(gateway).host, "content-type": "application/json", "x-amz-log-type": "Tail" };
    const authorization = options.requireSignature
      ? ((await signedHeaders({ method: "POST", path, headers, body, scope }, options.credentials)) as Record<string, string>)
      : { ...headers, ...scopeHeaders(scope) };
    const { host: _set, ...sent } = authorization;
    const began = performance.now();
    const answer = await fetch(`${gateway}${path}`, { method: "POST", headers: sent, body });
    await answer.arrayBuffer();
    const tail = Buffer.from(answer.headers.get("x-amz-log-result") ?? "", "base64").toString();
    return { status: answer.status, cold: tail.includes("Init Duration"), tookMs: performance.now() - began };
  };
  return Promise.all(payloads.map(invokeOne));
}
