/**
 * What the page asks of Lambdock goes through the console: it adds whose request it is (a browser's
 * page has no keys), and signs where Lambdock looks at signatures.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { collectBody } from "@lambdock/backend/body";
import { BackendFailure } from "@lambdock/backend/failure";
import { createForwarder, type Exchange } from "@lambdock/backend/forward";
import { refuse } from "./answer.ts";
import { apiScope, type ApiScope } from "./api-scope.ts";
import { scopeHeaders, signedHeaders } from "./signing.ts";

export interface ApiProxyOptions {
  /** Lambdock's endpoint; asked anew each time, since it may be known only once it listens. */
  readonly gateway: () => string;
  readonly region: string;
  readonly requireSignature: boolean;
  /** Keys to sign with. */
  readonly credentials: ReadonlyMap<string, string>;
  /** Shown to Lambdock's own API, which asks for it too. Empty: there is none. */
  readonly token: string;
}

export interface ApiProxy {
  /** `path` is what follows `/_lambdock/console/api`, with its query. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  close(): void;
}

/** Lambda's API by its dates, Lambdock's own, and `/`, where services are told apart by their target. */
const ALLOWED = /^\/(20\d\d-\d\d-\d\d\/|_lambdock\/(lifecycle|async|mappings|health|metrics)(\/|\?|$)|\?|$)/;
/** Headers of the page's request that are part of it. */
const KEPT = /^(accept|content-type|last-event-id|x-amz-(target|invocation-type|log-type|client-context))$/;
const OWN_API = /^\/_lambdock\//;
const UNSIGNED_MESSAGE =
  "Lambdock wants signatures (LAMBDOCK_REQUIRE_SIGNATURE), and the console signs only for users that it knows: set LAMBDOCK_CONSOLE_TOKEN and LAMBDOCK_CREDENTIALS.";

/** Why the console cannot invoke where signatures are wanted; `undefined` when it can. */
export function unsignedRefusal({ requireSignature, token, credentials }: ApiProxyOptions): string | undefined {
  return requireSignature && (token === "" || credentials.size === 0) ? UNSIGNED_MESSAGE : undefined;
}

/** Builds the proxy; connections are made when they are needed. */
export function createApiProxy(options: ApiProxyOptions): ApiProxy {
  const forwarder = createForwarder();
  const pass = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const scope = apiScope(request.headers["x-lambdock-scope"], options.region);
    if (scope === undefined) return refuse(response, 400, "x-lambdock-scope must be account/region/service.");
    if (!ALLOWED.test(path)) return refuse(response, 404, "The console passes on requests for Lambda's API and Lambdock's own.");
    const refusal = OWN_API.test(path) ? undefined : unsignedRefusal(options);
    if (refusal !== undefined) return refuse(response, 403, refusal);
    const url = new URL(options.gateway());
    request.url = path;
    await forwarder.forward(await exchangeOf({ request, response, path, host: url.host, scope }, options), {
      url,
      cure: "Is Lambdock running?",
    });
  };
  return {
    handle: (request, response, path) =>
      pass(request, response, path).catch((error: unknown) => {
        if (response.headersSent || response.destroyed) response.destroy();
        else refuse(response, error instanceof BackendFailure ? error.status : 500, error instanceof Error ? error.message : String(error));
      }),
    close: () => forwarder.close(),
  };
}

interface Passing {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly host: string;
  readonly scope: ApiScope;
}

async function exchangeOf(
  { request, response, path, host, scope }: Passing,
  { requireSignature, credentials, token }: ApiProxyOptions,
): Promise<Exchange> {
  const headers: Record<string, string> = { host };
  for (const [name, value] of Object.entries(request.headers)) if (KEPT.test(name) && typeof value === "string") headers[name] = value;
  if (token !== "") headers["x-lambdock-token"] = token;
  const body = await collectBody(request);
  if (OWN_API.test(path)) return { request, response, body, headers };
  if (!requireSignature) return { request, response, body, headers: { ...headers, ...scopeHeaders(scope) } };
  return { request, response, body, headers: await signedHeaders({ method: request.method!, path, headers, body, scope }, credentials) };
}
