/**
 * Where symbolic links of a package lead. PURE.
 *
 * A target is followed through the package's other links, as the kernel would: `a -> b/..` is
 * harmless when `b` is a directory and climbs out when `b` is a link to `.`.
 */

/** As many links as Linux follows before ELOOP. */
const HOPS_MAX = 40;

/** Links by their path (`/`-joined), with their targets. */
export type Links = ReadonlyMap<string, string>;

/** Why the link at that path leaves the package's root; `undefined` when it stays inside (even if it dangles). */
export function linkEscapes(links: Links, path: string): string | undefined {
  const target = links.get(path);
  if (target === undefined || target === "") return `the link ${path} has no target`;
  if (target.includes("\0")) return `the link ${path} has NUL in its target`;
  const at = path.split("/").slice(0, -1);
  return follow(links, at, target) ? undefined : `the link ${path} leaves the package: ${JSON.stringify(target)}`;
}

/** True when walking the target from that directory never leaves the root. */
function follow(links: Links, from: readonly string[], target: string): boolean {
  const at = [...from];
  const pending = target.split("/").reverse();
  if (target.startsWith("/")) return false;
  for (let hops = 0; pending.length > 0;) {
    const component = pending.pop()!;
    if (component === "" || component === ".") continue;
    if (component === "..") {
      if (at.pop() === undefined) return false;
      continue;
    }
    at.push(component);
    const next = links.get(at.join("/"));
    if (next === undefined) continue;
    if (next.startsWith("/")) return false;
    // A loop leads nowhere, so not out either.
    if ((hops += 1) > HOPS_MAX) return true;
    at.pop();
    pending.push(...next.split("/").reverse());
  }
  return true;
}
