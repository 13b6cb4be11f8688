/** What a receiver needs to delete a message: which one, of which receive. Opaque to callers. */

export interface Receipt {
  readonly queue: string;
  readonly id: string;
  /** Tells this receive from later ones of the same message. */
  readonly nonce: string;
  /** Message group in a FIFO queue, else empty. */
  readonly group: string;
}

const MARK = "AQEB";

/** Writes the handle. */
export function encodeReceipt({ queue, id, nonce, group }: Receipt): string {
  return MARK + Buffer.from(`${queue} ${id} ${nonce} ${group}`).toString("base64");
}

/** Reads a handle; `undefined` when it is none. */
export function decodeReceipt(handle: string): Receipt | undefined {
  if (!handle.startsWith(MARK)) return undefined;
  const parts = Buffer.from(handle.slice(MARK.length), "base64").toString().split(" ");
  const [queue, id, nonce, group] = parts;
  if (parts.length !== 4 || queue === "" || !/^\d{20}$/.test(id!) || nonce === "") return undefined;
  return { queue: queue!, id: id!, nonce: nonce!, group: group! };
}
