import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Links to zips on our own endpoint, as S3's presigned URLs are to AWS: whoever has one can
 * download until it expires, nobody can make one without the secret.
 */
export interface CodeLinks {
  /** `endpoint` as the caller reaches us; `now` in epoch milliseconds. */
  linkTo(sha256Hex: string, caller: { readonly endpoint: string; readonly now: number }): string;
  /** Reads a link's path and query. `undefined` when it is no such link at all. */
  read(path: string, now: number): CodeLink | undefined;
}

export type CodeLink = { readonly kind: "valid"; readonly sha256Hex: string } | { readonly kind: "expired" } | { readonly kind: "forged" };

/** AWS's links live ten minutes. */
const LIFETIME_SECONDS = 600;
const PATH = /^\/_lambdock\/code\/([0-9a-f]{64})\.zip\?(.*)$/;

/** Links signed with that secret, which is asked for each time because it is known only after the start. */
export function createCodeLinks(secret: () => string): CodeLinks {
  const signatureOf = (sha256Hex: string, expires: string): Buffer =>
    createHmac("sha256", secret()).update(`${sha256Hex}\n${expires}`).digest();
  return {
    linkTo(sha256Hex, { endpoint, now }) {
      const expires = String(Math.floor(now / 1_000) + LIFETIME_SECONDS);
      return `${endpoint.replace(/\/$/, "")}/_lambdock/code/${sha256Hex}.zip?Expires=${expires}&Signature=${signatureOf(sha256Hex, expires).toString("hex")}`;
    },
    read(path, now) {
      const [, sha256Hex, query] = PATH.exec(path) ?? [];
      if (sha256Hex === undefined) return undefined;
      const parameters = new URLSearchParams(query);
      const expires = parameters.get("Expires") ?? "";
      const given = Buffer.from(parameters.get("Signature") ?? "", "hex");
      const expected = signatureOf(sha256Hex, expires);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { kind: "forged" };
      return Number(expires) * 1_000 < now ? { kind: "expired" } : { kind: "valid", sha256Hex };
    },
  };
}
