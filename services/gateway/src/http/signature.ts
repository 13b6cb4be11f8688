/**
 * Verification of AWS signatures, used when LAMBDOCK_REQUIRE_SIGNATURE is set: the request is
 * signed again with the secret of its access key, by AWS's own signer, and both must agree.
 */
import { timingSafeEqual } from "node:crypto";
import type { SignatureV4 } from "@smithy/signature-v4";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { parseQuery, type Query } from "@lambdock/wire/query";
import { credentialOf, type SignedRequest } from "./caller.ts";

/** Secrets by access key id. */
export type Credentials = ReadonlyMap<string, string>;

/** Throws MissingAuthenticationToken, UnrecognizedClient, IncompleteSignature or InvalidSignature; resolves for a valid one. */
export type VerifySignature = (request: SignedRequest, body: Uint8Array, now: number) => Promise<void>;

/** Milliseconds by which a signature's date may be off. */
const SKEW_MS_MAX = 300_000;
/** Seconds for which a presigned URL may hold. */
const PRESIGNED_SECONDS_MAX = 604_800;
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/** Accepts every request: signatures are read for their scope only. */
export const acceptAll: VerifySignature = () => Promise.resolve();

/** Verifies header signatures and presigned URLs against the given credentials. */
export function createVerifier(credentials: Credentials): VerifySignature {
  return async (request, body, now) => {
    const credential = credentialOf(request);
    if (credential === undefined) throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
    const [accessKeyId = "", , region = "", service = ""] = credential.split("/");
    const secretAccessKey = credentials.get(accessKeyId);
    if (secretAccessKey === undefined)
      throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid.");
    const claim = request.headers.authorization === undefined ? presignedClaim(request) : headerClaim(request);
    checkDate(claim, now);
    const expected = await signAgain(request, { claim, body, accessKeyId, secretAccessKey, region, service });
    if (!sameText(expected, claim.signature)) throw invalid(MISMATCH);
  };
}

/** What a request says about its own signature. */
interface Claim {
  readonly signature: string;
  readonly signedHeaders: readonly string[];
  /** `20261122T070000Z`. */
  readonly date: string;
  /** Seconds for which a presigned URL holds; absent for a header signature. */
  readonly expiresIn?: number;
  readonly sessionToken?: string;
  readonly query: Query;
}

function headerClaim(request: SignedRequest): Claim {
  const authorization = request.headers.authorization!;
  const date = single(request.headers["x-amz-date"]);
  if (date === undefined) throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  const signature = /Signature=([0-9a-f]+)/.exec(authorization)?.[1];
  const signedHeaders = /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1];
  if (signature === undefined) throw incomplete("Authorization header requires 'Signature' parameter.");
  if (signedHeaders === undefined) throw incomplete("Authorization header requires 'SignedHeaders' parameter.");
  return { signature, signedHeaders: signedHeaders.split(";"), date, query: queryOf(request) };
}

function presignedClaim(request: SignedRequest): Claim {
  const query = queryOf(request);
  const value = (name: string): string => {
    const text = query.get(name)?.[0];
    if (text === undefined) throw incomplete(`AWS query-string parameters must include '${name}'.`);
    return text;
  };
  const sessionToken = query.get("X-Amz-Security-Token")?.[0];
  return {
    signature: value("X-Amz-Signature"),
    signedHeaders: value("X-Amz-SignedHeaders").split(";"),
    date: value("X-Amz-Date"),
    expiresIn: lifetime(value("X-Amz-Expires")),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    query,
  };
}

/** Seconds, at most a week. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function lifetime(expires: string): number {
  if (!/^-?\d+$/.test(expires)) throw incomplete("X-Amz-Expires should be a number");
  const seconds = Number(expires);
  if (seconds < 0) throw incomplete("X-Amz-Expires must be non-negative");
  if (seconds > PRESIGNED_SECONDS_MAX)
    throw incomplete(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${PRESIGNED_SECONDS_MAX} seconds`,
    );
  return seconds;
}

function checkDate({ date, expiresIn }: Claim, now: number): void {
  const signedAt = parseDate(date);
  if (Number.isNaN(signedAt))
    throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`);
  const validUntil = signedAt + (expiresIn === undefined ? SKEW_MS_MAX : expiresIn * 1_000);
  if (!(now <= validUntil))
    throw invalid(
      `Signature expired: ${date} is now earlier than ${basicDate(now - (validUntil - signedAt))} (${basicDate(now)} - ${(validUntil - signedAt) / 60_000} min.)`,
    );
  if (signedAt > now + SKEW_MS_MAX)
    throw invalid(`Signature not yet current: ${date} is still later than ${basicDate(now + SKEW_MS_MAX)} (${basicDate(now)} + 5 min.)`);
}

interface Signing {
  readonly claim: Claim;
  readonly body: Uint8Array;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
}

async function signAgain(request: SignedRequest, { claim, body, region, service, ...identity }: Signing): Promise<string> {
  // Loaded on first use: most installations never verify, and an idle gateway should stay small.
  const [{ SignatureV4: Signer }, { Sha256 }] = await Promise.all([import("@smithy/signature-v4"), import("@aws-crypto/sha256-js")]);
  const credentials = { ...identity, ...(claim.sessionToken === undefined ? {} : { sessionToken: claim.sessionToken }) };
  const signer = new Signer({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const options = { signingDate: new Date(parseDate(claim.date)), signableHeaders: new Set(claim.signedHeaders) };
  const plain = await plainRequest(request, claim, body);
  if (claim.expiresIn === undefined) {
    const signed = await signer.sign(plain, options);
    return /Signature=([0-9a-f]+)/.exec(signed.headers["authorization"] ?? "")?.[1] ?? "";
  }
  const presigned = await signer.presign(plain, {
    ...options,
    expiresIn: claim.expiresIn,
    unhoistableHeaders: new Set(claim.signedHeaders),
  });
  return String(presigned.query?.["X-Amz-Signature"]);
}

/** The request as it was before it was signed: only the signed headers, without the signature's own parameters. */
async function plainRequest(request: SignedRequest, claim: Claim, body: Uint8Array): Promise<Parameters<SignatureV4["sign"]>[0]> {
  const headers: Record<string, string> = {};
  // The name that HTTP/2 gives to Host, which the JavaScript SDK signs (see http2-front.ts).
  for (const name of claim.signedHeaders) headers[name] = single(request.headers[name === ":authority" ? "host" : name]) ?? "";
  const announced = headers["x-amz-content-sha256"];
  if (announced !== undefined && announced !== "UNSIGNED-PAYLOAD" && announced !== (await hexSha256(body))) throw invalid(MISMATCH);
  const query: Record<string, string | string[]> = {};
  for (const [name, values] of claim.query) if (!name.startsWith("X-Amz-")) query[name] = values.length === 1 ? values[0]! : [...values];
  const [path = "/"] = request.url!.split("?");
  return {
    method: request.method!,
    protocol: "http:",
    hostname: request.headers.host ?? "",
    path,
    query,
    headers,
    ...(claim.expiresIn === undefined ? { body } : {}),
  };
}

async function hexSha256(body: Uint8Array): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256").update(body).digest("hex");
}

function queryOf(request: SignedRequest): Query {
  const mark = request.url!.indexOf("?");
  return parseQuery(mark < 0 ? "" : request.url!.slice(mark + 1));
}

function parseDate(basic: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(basic) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function basicDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function incomplete(message: string): AwsError {
  return new AwsError("IncompleteSignatureException", message);
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidSignatureException", message);
}
