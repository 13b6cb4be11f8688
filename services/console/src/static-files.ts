/** The built app: read when it is asked for, never kept in memory; compressed once, when it was built. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { pipeline } from "node:stream/promises";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
/** Names of assets, which say their content: nothing else can be asked for. */
const ASSET = /^assets\/[\w-][\w.-]*$/;
/** The app loads from here alone, and nobody frames it. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface StaticFiles {
  page(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** `name` is what follows `/_lambdock/console/`. False: there is no such file. */
  asset(request: IncomingMessage, response: ServerResponse, name: string): Promise<boolean>;
}

/** Serves the folder that the build wrote. */
export function createStaticFiles(directory: string): StaticFiles {
  return {
    page: (request, response) =>
      sendFile(
        { request, response, file: join(directory, "index.html") },
        { "cache-control": "no-cache", "content-security-policy": PAGE_POLICY },
      ),
    asset: async (request, response, name) =>
      ASSET.test(name) &&
      (await sendFile({ request, response, file: join(directory, name) }, { "cache-control": "public, max-age=31536000, immutable" })),
  };
}

interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly file: string;
}

async function sendFile({ request, response, file }: Sending, headers: Readonly<Record<string, string>>): Promise<boolean> {
  const accepted = String(request.headers["accept-encoding"] ?? "");
  const compressed = /\bgzip\b/.test(accepted) ? await sizeOf(`${file}.gz`) : undefined;
  const size = compressed ?? (await sizeOf(file));
  if (size === undefined) return false;
  response.writeHead(200, {
    ...headers,
    ...(compressed === undefined ? {} : { "content-encoding": "gzip" }),
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-length": size,
    vary: "accept-encoding",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  });
  if (request.method === "HEAD") response.end();
  // A browser that leaves is no failure.
  else await pipeline(createReadStream(compressed === undefined ? file : `${file}.gz`), response).catch(() => response.destroy());
  return true;
}

async function sizeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}
