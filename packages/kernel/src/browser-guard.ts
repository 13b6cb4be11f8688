/**
 * Which requests of browsers are served. Whatever page a user opens can send requests to this
 * machine, so a page of another site must not be able to invoke, and a site that gives its own name
 * the address 127.0.0.1 (DNS rebinding) must not be taken for us. Programs send no `Origin` and are
 * not concerned.
 */

/** The headers that tell who asks. */
export interface BrowserHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | string[] | undefined;
}

/** Names that no public name server can give an address to [RFC 6761, RFC 6762, ICANN's resolution of 2024 on `.internal`]. */
const PRIVATE_NAME = /(^|\.)(localhost|internal|local|test)$/;

/** Whether a `Host` can only mean a machine nearby: an address, a name without dots, or one that is never public. */
export function isLocalHost(host: string | undefined): boolean {
  const name = nameOf(`http://${host ?? ""}`);
  return name !== undefined && (isAddress(name) || !name.includes(".") || PRIVATE_NAME.test(name));
}

/** Whether a page of this origin may ask: none, one of this machine, or the one that is asked under a local name. */
export function isLocalOrigin({ host, origin }: BrowserHeaders): boolean {
  if (origin === undefined) return true;
  if (typeof origin !== "string") return false;
  const name = nameOf(origin);
  if (name === undefined) return false;
  if (isLoopback(name)) return true;
  return isSameOrigin({ host, origin }) && isLocalHost(host);
}

/** Whether the page was served under the name that it asks; true without a page. */
export function isSameOrigin({ host, origin }: BrowserHeaders): boolean {
  return origin === undefined || (typeof origin === "string" && host !== undefined && /^https?:\/\/(.*)$/.exec(origin)?.[1] === host);
}

/** The sentence for who is refused. */
export const FOREIGN_ORIGIN_MESSAGE =
  "Requests from pages of other sites are refused: only pages of this machine (localhost, 127.0.0.1) may call Lambdock from a browser.";

/** The sentence for a `Host` that could be anybody's. */
export const FOREIGN_HOST_MESSAGE =
  "This is served under local names only (localhost, an address, a name without dots). To use another name, set LAMBDOCK_CONSOLE_TOKEN.";

function nameOf(url: string): string | undefined {
  try {
    const { protocol, hostname } = new URL(url);
    return /^https?:$/.test(protocol) ? hostname.replace(/\.$/, "") : undefined;
  } catch {
    return undefined;
  }
}

function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
}

function isLoopback(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name);
}
