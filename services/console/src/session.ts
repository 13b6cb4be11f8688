/** Who may use a console that has a token: whoever has shown it once gets a cookie that is derived from it. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface Sessions {
  /** True where no token is needed. */
  isSignedIn(request: IncomingMessage): boolean;
  /** The `Set-Cookie` for who knows the token; `undefined` for anybody else. */
  signIn(token: string): string | undefined;
}

/** Nothing is remembered: the cookie is the token's own fingerprint. An empty token lets everybody in. */
export function createSessions(token: string): Sessions {
  if (token === "") return { isSignedIn: () => true, signIn: () => "" };
  const fingerprint = createHmac("sha256", token).update("lambdock console").digest("hex");
  // Cookies know no ports: a second Lambdock on this machine must not sign us out.
  const name = `lambdock-${fingerprint.slice(0, 8)}`;
  return {
    isSignedIn({ headers }) {
      const cookies = (headers.cookie ?? "").split(/;\s*/);
      return cookies.some((cookie) => cookie.startsWith(`${name}=`) && sameText(cookie.slice(name.length + 1), fingerprint));
    },
    signIn: (given) => (sameText(given, token) ? `${name}=${fingerprint}; HttpOnly; SameSite=Strict; Path=/_lambdock` : undefined),
  };
}

function sameText(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
