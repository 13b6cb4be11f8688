import { endpoint } from "../target/config.ts";
import { ACCOUNT, REGION } from "./clients.ts";

/** A request as it goes over the wire, for what an SDK hides or refuses to send. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Default: the shared target. */
  readonly endpoint?: string;
}

/** A response with its body as text. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends it under the test account (the credential scope is real, the signature is not). */
export async function rawRequest(request: RawRequest): Promise<RawResponse> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20261122/${REGION}/lambda/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;
  const response = await fetch(`${request.endpoint ?? endpoint()}${request.path}`, {
    method: request.method,
    headers: { authorization, ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** `POST …/invocations` of a function with raw bytes as the payload. */
export async function rawInvoke(
  name: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawResponse> {
  return rawRequest({
    method: "POST",
    path: `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

/** An error response's code and message, whichever key the message has. */
export function errorOf(response: RawResponse): { readonly status: number; readonly code: string | null; readonly message: string } {
  const body = JSON.parse(response.text) as { readonly message?: string; readonly Message?: string };
  return { status: response.status, code: response.headers.get("x-amzn-errortype"), message: body.message ?? body.Message ?? "" };
}
