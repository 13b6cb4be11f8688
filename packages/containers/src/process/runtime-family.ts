/** The runtimes that can run as child processes, by their AWS names. */
export type RuntimeFamily =
  | { readonly kind: "nodejs"; readonly major: number }
  | { readonly kind: "python"; readonly minor: number }
  | { readonly kind: "provided" };

/** The family of a runtime name such as `nodejs24.x`; `undefined` for those that need AWS's images. */
export function parseRuntimeName(runtime: string): RuntimeFamily | undefined {
  const node = /^nodejs(\d+)\.x$/.exec(runtime);
  if (node) return { kind: "nodejs", major: Number(node[1]) };
  const python = /^python3\.(\d+)$/.exec(runtime);
  if (python) return { kind: "python", minor: Number(python[1]) };
  return /^provided(\.al\d+)?$/.test(runtime) ? { kind: "provided" } : undefined;
}
