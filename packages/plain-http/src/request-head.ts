/** Headers by lower-case name; of a repeated one the last. */
export type Headers = Readonly<Record<string, string>>;

/** A request's line and headers, and where its body is. */
export interface RequestHead {
  readonly method: string;
  /** Path with query, as it was sent. */
  readonly url: string;
  readonly headers: Headers;
  /** Where the body begins in the bytes that were parsed. */
  readonly bodyStart: number;
  /** Bytes. */
  readonly bodyBytes: number;
}

const END_OF_HEAD = "\r\n\r\n";
/** Control characters but the tab, a CR or LF that ends no line among them: none belongs into a head. */
// oxlint-disable-next-line no-control-regex -- that is what is looked for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const CR = 0x0d;
const LF = 0x0a;
/** Bytes; a longer head is left to a parser that knows how to refuse it. */
const HEAD_BYTES_MAX = 16_384;
/** What asks for more than a body of known length on a connection that stays open. */
const EXTRAORDINARY = ["transfer-encoding", "expect", "upgrade", "connection", "trailer"] as const;
const KEEP_ALIVE = "keep-alive";

/**
 * Parses the head of an ordinary HTTP/1.1 request: one whose body has a length (or none) and which
 * asks for nothing else. `undefined` while it is not whole, `"extraordinary"` for any other request,
 * malformed ones included: those need a full parser.
 */
export function parseRequestHead(bytes: Buffer): RequestHead | "extraordinary" | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return bytes.byteLength > HEAD_BYTES_MAX || !mayBecomeHead(bytes) ? "extraordinary" : undefined;
  if (end > HEAD_BYTES_MAX) return "extraordinary";
  const lines = bytes.toString("latin1", 0, end).split("\r\n");
  // What is passed on as a header of ours must not be able to end it.
  if (lines.some((line) => CONTROL.test(line))) return "extraordinary";
  const [method, url, version, more] = lines[0]!.split(" ");
  if (version !== "HTTP/1.1" || more !== undefined || method === "" || !url!.startsWith("/")) return "extraordinary";
  const headers = parseHeaders(lines);
  if (headers === undefined) return "extraordinary";
  for (const name of EXTRAORDINARY) if (headers[name] !== undefined && headers[name].toLowerCase() !== KEEP_ALIVE) return "extraordinary";
  const length = headers["content-length"];
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return "extraordinary";
  return { method: method!, url: url!, headers, bodyStart: end + END_OF_HEAD.length, bodyBytes: Number(length ?? 0) };
}

/** False for what no further byte can make a request, such as a TLS handshake or lines that end in a bare LF: its sender would wait in vain. */
function mayBecomeHead(bytes: Buffer): boolean {
  const first = bytes[0];
  if (first !== undefined && first !== CR && !/[A-Za-z]/.test(String.fromCharCode(first))) return false;
  const lineEnd = bytes.indexOf(LF);
  return lineEnd < 0 || bytes[lineEnd - 1] === CR;
}

function parseHeaders(lines: readonly string[]): Headers | undefined {
  const headers: Record<string, string> = {};
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index]!;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    // A name with a space, a folded line, two lengths: what proxies were once tricked with.
    if (colon < 1 || !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || headers[name] !== undefined) return undefined;
    headers[name] = line.slice(colon + 1).trim();
  }
  return headers;
}
