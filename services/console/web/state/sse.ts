/** Server-sent events over fetch: unlike EventSource it tells why it failed, and can be resumed by hand. */

export interface SseMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export interface SseOptions {
  readonly lastId?: string;
  readonly signal: AbortSignal;
  readonly onOpen?: () => void;
  /** False ends the reading. */
  readonly onMessage: (message: SseMessage) => boolean | void;
}

/** The server sends something every ten seconds: after so many milliseconds of silence the connection is dead. */
const SILENCE_MS = 25_000;

/** Reads until the stream ends, is aborted or falls silent. Rejects when it cannot be opened or breaks. */
export async function readSse(url: string, { lastId, signal, onOpen, onMessage }: SseOptions): Promise<void> {
  const ended = new AbortController();
  const stop = (): void => ended.abort();
  signal.addEventListener("abort", stop, { once: true });
  let silence = setTimeout(stop, SILENCE_MS);
  try {
    const answer = await fetch(url, {
      cache: "no-store",
      signal: ended.signal,
      headers: { accept: "text/event-stream", ...(lastId === undefined || lastId === "" ? {} : { "last-event-id": lastId }) },
    });
    if (!answer.ok || answer.body === null) throw new Error(`status ${answer.status}`);
    onOpen?.();
    await readBlocks(answer.body, {
      onBytes: () => {
        clearTimeout(silence);
        silence = setTimeout(stop, SILENCE_MS);
      },
      onBlock: (block) => onMessage(messageOf(block)) !== false,
    });
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", stop);
    ended.abort();
  }
}

interface BlockReader {
  readonly onBytes: () => void;
  /** False ends the reading. */
  readonly onBlock: (block: string) => boolean;
}

async function readBlocks(body: ReadableStream<Uint8Array>, { onBytes, onBlock }: BlockReader): Promise<void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop()!;
    if (!blocks.every(onBlock)) return;
  }
}

function messageOf(block: string): SseMessage {
  const message = { id: "", event: "message", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    const name = colon < 0 ? line : line.slice(0, colon);
    if (name === "id" || name === "event" || name === "data") message[name] = colon < 0 ? "" : line.slice(colon + 2);
  }
  return message;
}
