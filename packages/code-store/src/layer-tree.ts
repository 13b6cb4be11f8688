/** A directory of unpacked layers as names. A file's value is the path of its unpacked original. PURE. */
export type LayerTree = Map<string, LayerTree | LayerFile>;

export interface LayerFile {
  readonly kind: "file" | "symlink";
  readonly source: string;
}

/** Lays `upper` over `lower` (which it changes): directories merge, of anything else the upper one stays. */
export function overlay(lower: LayerTree, upper: LayerTree): LayerTree {
  for (const [name, node] of upper) {
    const below = lower.get(name);
    if (node instanceof Map && below instanceof Map) overlay(below, node);
    else lower.set(name, node);
  }
  return lower;
}
