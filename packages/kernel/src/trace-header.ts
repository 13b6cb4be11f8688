/**
 * X-Ray trace headers: `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0|1[;Lineage=…]`. A caller's
 * header is passed on; what it lacks is made up. Without one a new, unsampled trace begins.
 */
import { randomBytes } from "node:crypto";

const PARENT_BYTES = 8;
const ROOT_BYTES = 12;
/** Random bytes are drawn for many traces at once: a system call per invocation would cost more than the rest. */
const POOL_BYTES = 16_384;
let pool = "";
let used = 0;

/** The trace of an invocation that arrived at `now` (epoch milliseconds) with this `X-Amzn-Trace-Id`, if any. */
export function traceHeader(given: string | undefined, now: number): string {
  if (given === undefined) return `Root=${newRoot(now)};Parent=${randomHex(PARENT_BYTES)};Sampled=0`;
  const parts = new Map<string, string>();
  for (const text of given.split(";")) {
    const [name = "", value] = text.trim().split("=", 2);
    // Before December 2024 AWS wrote the names in lower case [field].
    if (value !== undefined) parts.set(name.toLowerCase(), value);
  }
  const known = [
    `Root=${parts.get("root") ?? newRoot(now)}`,
    `Parent=${parts.get("parent") ?? randomHex(PARENT_BYTES)}`,
    `Sampled=${parts.get("sampled") ?? "0"}`,
  ];
  const lineage = parts.get("lineage");
  return [...known, ...(lineage === undefined ? [] : [`Lineage=${lineage}`])].join(";");
}

function newRoot(now: number): string {
  return `1-${Math.floor(now / 1_000).toString(16)}-${randomHex(ROOT_BYTES)}`;
}

function randomHex(bytes: number): string {
  const length = bytes * 2;
  if (used + length > pool.length) {
    pool = randomBytes(POOL_BYTES).toString("hex");
    used = 0;
  }
  used += length;
  return pool.slice(used - length, used);
}
