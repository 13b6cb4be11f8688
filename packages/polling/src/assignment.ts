/**
 * Which poller works which mapping: rendezvous hashing, so that all pollers agree without talking,
 * and a poller that comes or goes moves only its own share.
 */

/** The poller that should work the mapping; `undefined` when there is none. The order of `pollers` does not matter. */
export function ownerOf(uuid: string, pollers: readonly string[]): string | undefined {
  let best: { readonly poller: string; readonly weight: number } | undefined;
  for (const poller of pollers) {
    const weight = hash(`${poller} ${uuid}`);
    if (best === undefined || weight > best.weight || (weight === best.weight && poller < best.poller)) best = { poller, weight };
  }
  return best?.poller;
}

/** FNV-1a with a final mix, so that ids that differ in their last character are spread too. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
