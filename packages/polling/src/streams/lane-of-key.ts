/**
 * Which lane of a shard a key belongs to: always the same, and keys spread evenly (FNV-1a, with the
 * low bits mixed). AWS does not say which hash it takes; only that a key keeps its order.
 */
export function laneOfKey(key: string, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) % lanes;
}
