/**
 * Who calls, from the credential scope of a signature: `AKID/20261122/us-east-1/lambda/aws4_request`
 * in the Authorization header or in `X-Amz-Credential` of a presigned URL. A 12-digit access key
 * id is the account; any other belongs to the default account, as does a request without one.
 */
import type { IncomingMessage } from "node:http";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { Scope } from "@lambdock/model/arn";
import { parseQuery } from "@lambdock/wire/query";

/** Account of callers who name none. */
export const DEFAULT_ACCOUNT_ID = "000000000000";

export interface Caller {
  readonly scope: Scope;
  /** Service that the request was signed for; absent when it was not signed. */
  readonly service?: string;
}

/** Answers the caller of a request. Throws IncompleteSignatureException. */
export type IdentifyCaller = (request: SignedRequest) => Caller;

/** What of a request a signature is about. */
export type SignedRequest = Pick<IncomingMessage, "method" | "url" | "headers">;

/** Callers remembered by their credential text: the same few sign every request of a day. */
const REMEMBERED_MAX = 1_000;

/** Builds the reader of callers; unsigned ones are in the default region. */
export function createCallers(defaultRegion: string): IdentifyCaller {
  const unsigned: Caller = { scope: { accountId: DEFAULT_ACCOUNT_ID, region: defaultRegion } };
  const remembered = new Map<string, Caller>();
  return (request) => {
    const credential = credentialOf(request);
    if (credential === undefined) return unsigned;
    const known = remembered.get(credential);
    if (known !== undefined) return known;
    const caller = parseCredential(credential, defaultRegion);
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(credential, caller);
    return caller;
  };
}

/** The text `AKID/date/region/service/aws4_request`; `undefined` for a request without a signature. */
export function credentialOf(request: SignedRequest): string | undefined {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) {
    if (!authorization.startsWith("AWS4-")) return undefined;
    const start = authorization.indexOf("Credential=");
    if (start < 0) throw incomplete("Authorization header requires 'Credential' parameter.");
    return authorization.slice(start + "Credential=".length).split(/[,\s]/, 1)[0]!;
  }
  const url = request.url!;
  if (!url.includes("X-Amz-Credential=")) return undefined;
  return parseQuery(url.slice(url.indexOf("?") + 1)).get("X-Amz-Credential")?.[0];
}

function parseCredential(credential: string, defaultRegion: string): Caller {
  const parts = credential.split("/");
  const [accessKeyId = ""] = parts;
  const accountId = /^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT_ID;
  // Signature version 4A names no region.
  const [region, service] = parts.length === 4 ? [defaultRegion, parts[2]] : [parts[2], parts[3]];
  if (parts.length < 4 || parts.length > 5 || !region || !service)
    throw incomplete(`Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`);
  if (!/^[a-z0-9-]+$/.test(region)) throw incomplete(`Credential must name a region, got '${credential}'`);
  return { scope: { accountId, region }, service };
}

function incomplete(message: string): AwsError {
  return new AwsError("IncompleteSignatureException", message);
}
