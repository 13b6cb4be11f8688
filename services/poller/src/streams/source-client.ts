import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { clientSettings, type ClientSettings, type Place, type ServiceAddress } from "@lambdock/delivery/endpoints";

const CONNECTION_TIMEOUT_MS = 3_000;
/** A read brings 10 MB at most; whoever takes longer is away. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Shorter than servers keep a connection, so that nothing is sent on one that is being closed. */
const SOCKET_IDLE_MS = 4_000;

/**
 * What a stream's SDK client is made with: HTTP/1.1 over connections that stay. Kinesis's own default,
 * HTTP/2 in clear text, fails now and then with emulators. `requestTimeoutMs`: for an answer to begin.
 */
export function sourceClientSettings(
  place: Place,
  address: ServiceAddress,
  requestTimeoutMs: number = REQUEST_TIMEOUT_MS,
): ClientSettings & { readonly requestHandler: NodeHttpHandler; readonly cacheMiddleware: true } {
  const agent = { keepAlive: true, maxSockets: Infinity, timeout: SOCKET_IDLE_MS };
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  });
  return { ...clientSettings(place, address), requestHandler, cacheMiddleware: true };
}

/** Whether an endpoint is somebody's own: not AWS's, whose quotas it then does not have. */
export function isLocal({ endpoint }: ServiceAddress): boolean {
  return !/\.amazonaws\.com(\.cn)?(:\d+)?\/?$/.test(endpoint);
}
