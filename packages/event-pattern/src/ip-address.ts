import { InvalidPattern } from "./invalid-pattern.ts";

/** Bytes of an address: 4 or 16. */
export type IpAddress = readonly number[];

/** Whether an address is within a block. */
export type IpBlock = (address: IpAddress) => boolean;

/** The address that a text spells out; `undefined` when it is none. An IPv4 address in IPv6 clothes (`::ffff:a00:1`) is the IPv4 one. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) {
    const bytes = text.split(".").map(Number);
    return bytes.every((byte) => byte <= 255) ? bytes : undefined;
  }
  return /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/.test(text) ? parseV6(text) : undefined;
}

/** Throws {@link InvalidPattern} for what is no CIDR block. As event-ruler has it, a block is never a single address. */
export function parseCidr(text: string): IpBlock {
  const [ip = "", bits = "", ...rest] = text.split("/");
  if (bits === "" || rest.length > 0) throw new InvalidPattern("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d+$/.test(bits)) throw new InvalidPattern("Malformed CIDR, mask bits must be an integer");
  const maskBits = Number(bits);
  if (maskBits < 0) throw new InvalidPattern("Malformed CIDR, mask bits must not be negative");
  const base = parseIpAddress(ip);
  if (base === undefined) throw new InvalidPattern(`Nonstandard IP address: ${ip}`);
  if (base.length === 4 && maskBits > 31) throw new InvalidPattern("IPv4 mask bits must be < 32");
  if (maskBits > 127) throw new InvalidPattern("IPv6 mask bits must be < 128");
  return (address) =>
    address.length === base.length && address.every((byte, index) => ((byte ^ base[index]!) & maskOf(index, maskBits)) === 0);
}

/** True when both spell the same address. */
export function sameAddress(one: IpAddress, other: IpAddress): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** The fixed bits of one byte. */
function maskOf(byteIndex: number, maskBits: number): number {
  const fixed = Math.min(8, Math.max(0, maskBits - byteIndex * 8));
  return (0xff << (8 - fixed)) & 0xff;
}

const GROUPS = 8;

function parseV6(text: string): IpAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = [...(head ?? []), ...(tail ?? [])];
  if (!given.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const missing = GROUPS - given.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...(head ?? []), ...Array<string>(missing).fill("0"), ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
  const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12) : bytes;
}
