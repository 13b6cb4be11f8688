/** Finds marks in a stream of output and takes them out. A mark is unguessable, so only the supervisor can write it. */
export interface MarkFilter {
  readonly push: (chunk: Buffer) => void;
  expect(mark: string): void;
  forget(mark: string): void;
}

/** All marks have one length; each stands in the stream followed by a line feed. */
export function createMarkFilter(onOutput: (chunk: Uint8Array) => void, onMark: (mark: string) => void): MarkFilter {
  const expected = new Map<string, Buffer>();
  let held: Buffer = Buffer.alloc(0);
  const release = (bytes: Buffer): void => {
    if (bytes.length > 0) onOutput(Buffer.from(bytes));
  };
  const cut = (text: Buffer, mark: string, needle: Buffer): Buffer => {
    const at = text.indexOf(needle);
    if (at === -1) return text;
    release(text.subarray(0, at));
    expected.delete(mark);
    onMark(mark);
    return text.subarray(at + needle.length);
  };
  return {
    push(chunk) {
      let text = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (const [mark, needle] of expected) text = cut(text, mark, needle);
      const tail = longestBeginning(text, [...expected.values()]);
      release(text.subarray(0, text.length - tail));
      held = Buffer.from(text.subarray(text.length - tail));
    },
    expect: (mark) => void expected.set(mark, Buffer.from(`${mark}\n`, "latin1")),
    forget(mark) {
      if (!expected.delete(mark) || expected.size > 0) return;
      release(held);
      held = Buffer.alloc(0);
    },
  };
}

/** Bytes at the end of the text that may be the beginning of a needle. */
function longestBeginning(text: Buffer, needles: readonly Buffer[]): number {
  const ends = (needle: Buffer, length: number): boolean => text.subarray(text.length - length).equals(needle.subarray(0, length));
  let longest = 0;
  for (const needle of needles) {
    for (let length = Math.min(needle.length - 1, text.length); length > longest; length--) {
      if (ends(needle, length)) longest = length;
    }
  }
  return longest;
}
