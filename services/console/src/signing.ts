/** The authorization of what the console sends to Lambdock: a scope where nobody looks at signatures, else a true signature. */
import type { IncomingHttpHeaders } from "node:http";
import { parseQuery } from "@lambdock/wire/query";
import type { ApiScope } from "./api-scope.ts";

export interface ToSign {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly scope: ApiScope;
}

/** Tells whose request it is, without proving it: Lambdock reads no more of it. Some emulators want a date too. */
export function scopeHeaders({ accountId, region, service }: ApiScope): Readonly<Record<"authorization" | "x-amz-date", string>> {
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const credential = `${accountId}/${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
    "x-amz-date": date,
  };
}

/** Headers with a signature by the account's own key if there is one, else by the first. */
export async function signedHeaders(
  { method, path, headers, body, scope }: ToSign,
  credentials: ReadonlyMap<string, string>,
): Promise<IncomingHttpHeaders> {
  const accessKeyId = credentials.has(scope.accountId) ? scope.accountId : [...credentials.keys()][0]!;
  // Loaded on first use: most installations look at no signatures.
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([import("@smithy/signature-v4"), import("@aws-crypto/sha256-js")]);
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey: credentials.get(accessKeyId)! },
    region: scope.region,
    service: scope.service,
    sha256: Sha256,
  });
  const [pathname = "/", query = ""] = path.split("?", 2);
  const signed = await signer.sign({
    method,
    protocol: "http:",
    hostname: headers["host"] ?? "",
    path: pathname,
    query: Object.fromEntries([...parseQuery(query)].map(([name, values]) => [name, [...values]])),
    headers: { ...headers },
    body,
  });
  return signed.headers;
}
