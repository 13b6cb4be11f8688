/** Signs a caller's request anew, for a service elsewhere: the signature that it came with was made for our name. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { TargetCredentials } from "@lambdock/kernel/target-credentials";
import { parseQuery } from "@lambdock/wire/query";

export interface SigningOptions {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  /** Where the request goes. */
  readonly url: URL;
  readonly region: string;
  /** Name to sign for. */
  readonly service: string;
  readonly credentials: TargetCredentials;
}

/** Headers that make the message, whatever connection and signature it came with. */
const KEPT = /^(content-type|content-encoding|accept|accept-encoding|user-agent|x-amz-target|x-amz-user-agent|x-amzn-.*|amz-sdk-.*)$/;

/** The headers of the request as the service elsewhere shall see it. */
export async function signFor({ request, body, url, region, service, credentials }: SigningOptions): Promise<IncomingHttpHeaders> {
  // Loaded on first use: most installations have everything on one machine.
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([import("@smithy/signature-v4"), import("@aws-crypto/sha256-js")]);
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const headers: Record<string, string> = { host: url.host };
  for (const [name, value] of Object.entries(request.headers)) if (KEPT.test(name) && typeof value === "string") headers[name] = value;
  const [path = "/", query = ""] = request.url!.split("?");
  const signed = await signer.sign({
    method: request.method!,
    protocol: url.protocol,
    hostname: url.hostname,
    path,
    query: Object.fromEntries([...parseQuery(query)].map(([name, values]) => [name, [...values]])),
    headers,
    body,
  });
  return signed.headers;
}
