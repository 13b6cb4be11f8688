/** The text that base64 of UTF-8 stands for; `undefined` when it is neither. Written out because pure code has no decoder of its own. */
export function textOfBase64(base64: string): string | undefined {
  const bytes = bytesOf(base64);
  return bytes === undefined ? undefined : utf8Of(bytes);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SIX_BITS = new Map(ALPHABET.split("").map((character, bits) => [character.charCodeAt(0), bits]));

function bytesOf(base64: string): Uint8Array | undefined {
  const end = base64.endsWith("==") ? base64.length - 2 : base64.endsWith("=") ? base64.length - 1 : base64.length;
  const bytes = new Uint8Array(Math.floor((end * 3) / 4));
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let index = 0; index < end; index += 1) {
    const six = SIX_BITS.get(base64.charCodeAt(index));
    if (six === undefined) return undefined;
    bits = ((bits << 6) | six) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[length] = (bits >> held) & 0xff;
    length += 1;
  }
  return bytes;
}

/** Code points are gathered and made text so many at a time: an argument list has its limits. */
const CHUNK = 8_192;
/** Least code point that needs two, three, four bytes: shorter ones must not be written longer. */
const LEAST = [0, 0x80, 0x800, 0x1_0000];

function utf8Of(bytes: Uint8Array): string | undefined {
  let text = "";
  let points: number[] = [];
  for (let index = 0; index < bytes.length;) {
    const first = bytes[index]!;
    const following = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
    if (following === -1 || index + following >= bytes.length) return undefined;
    let point = following === 0 ? first : first & (0x3f >> following);
    for (let offset = 1; offset <= following; offset += 1) {
      const next = bytes[index + offset]!;
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    if (point < LEAST[following]! || point > 0x10_ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    points.push(point);
    index += following + 1;
    if (points.length === CHUNK) {
      text += String.fromCodePoint(...points);
      points = [];
    }
  }
  return text + String.fromCodePoint(...points);
}
