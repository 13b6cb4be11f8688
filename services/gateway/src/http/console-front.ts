/** The console on Lambdock's own endpoint: `/_lambdock` and what is below `/_lambdock/console`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "express";
import { BackendFailure } from "@lambdock/backend/failure";
import { createForwarder } from "@lambdock/backend/forward";

/** Answers a request of the console; never rejects. */
export type ConsoleHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const CONSOLE_PATH = /^\/_lambdock(\/?(\?|$)|\/console\/)/;

/** Hands the console what is its own, and leads people there who open the endpoint; without a console a sentence says so. */
export function createConsoleRoute(handle: ConsoleHandler | undefined): RequestHandler {
  return (request, response, next) => {
    if (handle !== undefined && opensEndpoint(request)) return response.redirect("/_lambdock");
    if (!CONSOLE_PATH.test(request.url)) return next();
    if (handle !== undefined) void handle(request, response);
    else response.status(404).json({ message: "There is no console here: set LAMBDOCK_CONSOLE_URL to where it runs." });
  };
}

/** A person with a browser, who is no client of AWS's. */
function opensEndpoint({ method, url, headers }: IncomingMessage): boolean {
  return method === "GET" && url === "/" && headers.authorization === undefined && headers.accept?.includes("text/html") === true;
}

/** The console in another process; an empty address: there is none. */
export function connectConsole(address: string): { readonly handle?: ConsoleHandler; close(): void } {
  if (address === "") return { close: () => undefined };
  const forwarder = createForwarder();
  const destination = { url: new URL(address), cure: "The service `console` does not run: start it, or look at its log." };
  return {
    handle: (request, response) =>
      forwarder.forward({ request, response }, destination).catch((error: unknown) => {
        sendAway(request, response, error instanceof Error ? error : new Error(String(error)));
      }),
    close: () => forwarder.close(),
  };
}

/** To people as a page that looks again by itself, to the app as JSON. */
function sendAway(request: IncomingMessage, response: ServerResponse, error: Error): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const { message } = error;
  const isPage = !request.url!.startsWith("/_lambdock/console/");
  const body = isPage
    ? `<!doctype html><title>Lambdock</title><meta http-equiv="refresh" content="3"><p>${message.replaceAll("<", "&lt;")}</p>`
    : JSON.stringify({ message });
  response.writeHead(error instanceof BackendFailure ? error.status : 500, {
    "content-type": isPage ? "text/html; charset=utf-8" : "application/json",
    "cache-control": "no-store",
  });
  response.end(body);
}
