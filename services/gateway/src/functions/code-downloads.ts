import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { ControlPlaneParts } from "./control-plane-parts.ts";

/** Answers a request if it is one for a zip; resolves to whether it was. */
export type Downloads = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const REFUSALS = {
  forged: {
    status: 403,
    code: "SignatureDoesNotMatch",
    message: "The request signature we calculated does not match the signature you provided.",
  },
  expired: { status: 403, code: "AccessDenied", message: "Request has expired" },
  absent: { status: 404, code: "NoSuchKey", message: "The specified key does not exist." },
  method: { status: 405, code: "MethodNotAllowed", message: "The specified method is not allowed against this resource." },
} as const satisfies Readonly<Record<string, Refusal>>;

/** Serves the links of `Code.Location` and a layer's `Content.Location`, with refusals in S3's form. */
export function createDownloads({ links, zips, clock }: Pick<ControlPlaneParts, "links" | "zips" | "clock">): Downloads {
  return async (request, response) => {
    const link = links.read(request.url ?? "/", clock.now());
    if (link === undefined) return false;
    if (request.method !== "GET" && request.method !== "HEAD") refuse(response, REFUSALS.method);
    else if (link.kind !== "valid") refuse(response, REFUSALS[link.kind]);
    else await send(await zips.openZip(link.sha256Hex), request.method, response);
    return true;
  };
}

async function send(
  zip: Awaited<ReturnType<ControlPlaneParts["zips"]["openZip"]>>,
  method: string,
  response: ServerResponse,
): Promise<void> {
  if (zip === undefined) return refuse(response, REFUSALS.absent);
  response.writeHead(200, { "content-type": "application/zip", "content-length": zip.size });
  if (method === "HEAD") {
    zip.stream.destroy();
    response.end();
    return;
  }
  // A caller that hangs up ends the pipeline: nothing to report.
  await pipeline(zip.stream, response).catch(() => response.destroy());
}

function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
