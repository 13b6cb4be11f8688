/** Bytes to text and back, and base64: edges have fast native ways, pure code is handed them. */
export interface ByteCodec {
  /** UTF-8; throws nothing, invalid bytes become U+FFFD. */
  readonly text: (bytes: Uint8Array) => string;
  readonly fromBase64: (text: string) => Uint8Array;
  readonly toBase64: (bytes: Uint8Array) => string;
}
