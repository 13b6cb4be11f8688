/** What the engine's errors mean. Docker's API says most of it in prose. */
import { SandboxUnavailable } from "../port.ts";

const NOBODY_LISTENS = new Set(["ENOENT", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"]);
const CUT_OFF = new Set(["ECONNRESET", "EPIPE"]);

/** Failures that pass when many containers start at once, in the words of dockerd, containerd and runc. */
const PASSING = [
  /could not find an available.* address pool/i,
  /resource temporarily unavailable/i,
  /device or resource busy/i,
  /error (creating|setting up|adding) .*(veth|sandbox|interface|iptables)/i,
  /context deadline exceeded/i,
  /another app is currently holding the xtables lock/i,
  /cannot allocate memory/i,
];

/** HTTP status of an engine's answer; `undefined` when it wasn't an answer. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { readonly statusCode?: unknown } | null)?.statusCode;
  return typeof status === "number" ? status : undefined;
}

/** The engine's own words, without docker-modem's prefix. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\(HTTP code \d+\) .*? - /, "").trim();
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** True for what a second attempt may well get past. */
export function isTransient(error: unknown): boolean {
  if (CUT_OFF.has(codeOf(error))) return true;
  return (statusOf(error) ?? 0) >= 500 && PASSING.some((pattern) => pattern.test(reasonOf(error)));
}

/** A SandboxUnavailable when the engine doesn't answer or lets us not in; `undefined` for any other error. */
export function unreachable(error: unknown, address: string): SandboxUnavailable | undefined {
  const code = codeOf(error);
  if (code === "EACCES" || code === "EPERM") {
    return new SandboxUnavailable(
      `No permission to use Docker at ${address}: add your user to the group "docker", or run Lambdock as a user who may.`,
      "InternalError",
      { cause: error },
    );
  }
  if (!NOBODY_LISTENS.has(code) && !CUT_OFF.has(code)) return undefined;
  return new SandboxUnavailable(
    `Docker does not answer at ${address} (${code}): start Docker; functions answer again as soon as it runs.`,
    "InternalError",
    { cause: error },
  );
}
