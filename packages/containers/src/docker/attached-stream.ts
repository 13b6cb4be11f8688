/** Docker's multiplexed stream: an 8-byte header (kind, length) before each piece. */
const HEADER_BYTES = 8;
const STDERR = 2;

/** Where the pieces of an attached stream go. */
export interface StreamSink {
  onStdout(chunk: Uint8Array): void;
  onStderr(chunk: Uint8Array): void;
}

/** Takes multiplexed chunks apart; a piece is passed on as it arrives, in parts if need be. */
export function createDemultiplexer(sink: StreamSink): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let remaining = 0;
  let kind = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (remaining === 0) {
        const taken = chunk.subarray(at, at + HEADER_BYTES - header.length);
        header = Buffer.concat([header, taken]);
        at += taken.length;
        if (header.length < HEADER_BYTES) return;
        kind = header.readUInt8(0);
        remaining = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      } else {
        const piece = chunk.subarray(at, at + remaining);
        at += piece.length;
        remaining -= piece.length;
        if (kind === STDERR) sink.onStderr(piece);
        else sink.onStdout(piece);
      }
    }
  };
}
