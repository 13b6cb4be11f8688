/**
 * The console as a request handler: the app, what it has to know, and the way to Lambdock. The same
 * in its own service and in `npm start`. It remembers nothing between two requests.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /_lambdock` | the app |
 * | `GET /_lambdock/console/assets/…` | its files |
 * | `GET /_lambdock/console/facts` | {@link ConsoleFacts} |
 * | `POST /_lambdock/console/session` with `{"token": "…"}` | 204 and a cookie, or 403 |
 * | `GET /_lambdock/console/status` | `{parts}`: what runs and what does not |
 * | `POST /_lambdock/console/burst` with a {@link Burst} | `{answers}`: many invocations at the same moment |
 * | `/_lambdock/console/api/…` | passed on to Lambdock's endpoint |
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { FOREIGN_HOST_MESSAGE, FOREIGN_ORIGIN_MESSAGE, isLocalHost, isLocalOrigin, isSameOrigin } from "@lambdock/kernel/browser-guard";
import { readJson, refuse, sendJson } from "./answer.ts";
import { createApiProxy, unsignedRefusal, type ApiProxyOptions } from "./api-proxy.ts";
import { apiScope } from "./api-scope.ts";
import { burstOf, invokeBurst } from "./burst.ts";
import type { Watched } from "./config.ts";
import type { ConsoleFacts } from "./contract.ts";
import { createSessions, type Sessions } from "./session.ts";
import { createStaticFiles, type StaticFiles } from "./static-files.ts";
import { statusOf } from "./status.ts";

export interface ConsoleOptions extends ApiProxyOptions {
  readonly timeScale: number;
  readonly watched: readonly Watched[];
  /** The folder that the build wrote. */
  readonly files: string;
}

/** Answers what is below `/_lambdock` and the console's; never rejects. */
export interface Console {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): void;
}

/** Payloads of a burst, as JSON. */
const BURST_BYTES_MAX = 1_048_576;
const PREFIX = "/_lambdock/console/";
const NOT_BUILT = "The console's app is not built: run `npm run build -w services/console`, or start with `npm start`.";

/** Builds the console; nothing is read or connected before the first request. */
export function createConsole(options: ConsoleOptions): Console {
  const sessions = createSessions(options.token);
  const parts: Parts = { options, sessions, files: createStaticFiles(options.files), proxy: createApiProxy(options) };
  return {
    async handle(request, response) {
      try {
        const refusal = refusalOf(request, options.token);
        if (refusal !== undefined) refuse(response, 403, refusal);
        else await route(parts, request, response);
      } catch (error) {
        if (response.headersSent) response.destroy();
        else refuse(response, 500, error instanceof Error ? error.message : String(error));
      }
    },
    close: () => parts.proxy.close(),
  };
}

interface Parts {
  readonly options: ConsoleOptions;
  readonly sessions: Sessions;
  readonly files: StaticFiles;
  readonly proxy: ReturnType<typeof createApiProxy>;
}

/** A token protects a shared console under any name: the cookie of another site's name never comes here. */
function refusalOf({ headers }: IncomingMessage, token: string): string | undefined {
  if (!isLocalHost(headers.host) && token === "") return FOREIGN_HOST_MESSAGE;
  if (isLocalOrigin(headers)) return undefined;
  return token !== "" && isSameOrigin(headers) ? undefined : FOREIGN_ORIGIN_MESSAGE;
}

async function route(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = "/"] = request.url!.split("?", 1);
  if (path === "/_lambdock" || path === "/_lambdock/") {
    if (!(await parts.files.page(request, response))) refuse(response, 503, NOT_BUILT);
    return;
  }
  if (!path.startsWith(PREFIX)) return refuse(response, 404, "The console has no such page.");
  const name = path.slice(PREFIX.length);
  if (name === "facts") return sendJson(response, 200, factsOf(parts, request));
  if (name === "session" && request.method === "POST") return signIn(parts, request, response);
  if (name.startsWith("assets/")) {
    if (!(await parts.files.asset(request, response, name))) refuse(response, 404, "The console has no such file.");
    return;
  }
  if (!parts.sessions.isSignedIn(request)) return refuse(response, 401, "The console wants its token.");
  if (name === "status") return sendJson(response, 200, { parts: await statusOf(parts.options.gateway(), parts.options.watched) });
  if (name === "burst" && request.method === "POST") return burst(parts, request, response);
  if (name === "api" || name.startsWith("api/"))
    return parts.proxy.handle(request, response, request.url!.slice(PREFIX.length + "api".length));
  refuse(response, 404, "The console has no such page.");
}

function factsOf({ options, sessions }: Parts, request: IncomingMessage): ConsoleFacts {
  const { region, timeScale, requireSignature, token } = options;
  return { now: Date.now(), region, timeScale, requireSignature, tokenRequired: token !== "", signedIn: sessions.isSignedIn(request) };
}

async function burst({ options }: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refusal = unsignedRefusal(options);
  if (refusal !== undefined) return refuse(response, 403, refusal);
  const scope = apiScope(request.headers["x-lambdock-scope"], options.region);
  const asked = burstOf(await readJson(request, BURST_BYTES_MAX));
  if (scope === undefined || asked === undefined) return refuse(response, 400, "A burst is a functionName and up to 100 payloads.");
  sendJson(response, 200, { answers: await invokeBurst(asked, scope, options) });
}

async function signIn({ sessions }: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { token } = ((await readJson(request)) ?? {}) as { readonly token?: unknown };
  const cookie = typeof token === "string" ? sessions.signIn(token) : undefined;
  if (cookie === undefined) return refuse(response, 403, "That is not the token that LAMBDOCK_CONSOLE_TOKEN sets.");
  response.writeHead(204, cookie === "" ? {} : { "set-cookie": cookie });
  response.end();
}
