/** Bytes to text and back, and base64: edges have fast native ways, pure code is handed them. */
export interface ByteCodec {
  /** Throws for bytes that are not UTF-8: replaced, they would be stored as something that nobody sent. */
  readonly text: (bytes: Uint8Array) => string;
  readonly fromBase64: (text: string) => Uint8Array;
  readonly toBase64: (bytes: Uint8Array) => string;
}
