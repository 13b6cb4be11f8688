/**
 * What keeps other people's pages out: a browser on this machine opens any site, and a site's page
 * can send requests here. SDKs and the CLI send no `Origin` and notice nothing of this.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "express";
import { FOREIGN_HOST_MESSAGE, FOREIGN_ORIGIN_MESSAGE, isLocalHost, isLocalOrigin, isSameOrigin } from "@lambdock/kernel/browser-guard";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { discard } from "./body.ts";
import { newRequestId, sendError } from "./respond.ts";

/** Answers 403 to a page of another site, whatever it asks for; false when the request may pass. With a token, pages under any name of ours may ask. */
export function refuseForeignPage(request: IncomingMessage, response: ServerResponse, token: string): boolean {
  const { headers } = request;
  if (isLocalOrigin(headers) || (token !== "" && isSameOrigin(headers))) return false;
  discard(request);
  sendError(response, newRequestId(), new AwsError("AccessDeniedException", FOREIGN_ORIGIN_MESSAGE));
  return true;
}

/** Guards Lambdock's own API: it is served under local names, or to who shows the token; where there is a token it is always needed. */
export function createOwnApiGuard(token: string): RequestHandler {
  return (request, response, next) => {
    const shown = request.headers["x-lambdock-token"];
    if (token !== "" && !(typeof shown === "string" && sameText(shown, token)))
      response.status(401).json({ message: "LAMBDOCK_CONSOLE_TOKEN is set: show it in the header x-lambdock-token." });
    else if (token === "" && !isLocalHost(request.headers.host)) response.status(403).json({ message: FOREIGN_HOST_MESSAGE });
    else next();
  };
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
