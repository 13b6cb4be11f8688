/**
 * Which image a runtime comes from, and how that is written down in `PreparedRuntime.reference`
 * (`<use>@<image id>`), so that a reference stays good when the executor restarts.
 */

/**
 * How an image starts a function: `own` waits at the gate itself; `managed` is AWS's image, whose
 * entry point takes the handler; `provided` runs the user's bootstrap; `image` is the user's.
 */
export type ImageUse = "own" | "managed" | "provided" | "image";

/** How long a failed pull of a managed runtime's image is believed: public registries don't come and go. */
export const MANAGED_PULL_BELIEF_MS = 300_000;

/** An image with what the driver has to know of its configuration. */
export interface RuntimeImage {
  readonly use: ImageUse;
  /** Content address, `sha256:…`. */
  readonly id: string;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string | undefined;
  /** Has `/bin/sh`, so the supervisor can run. */
  readonly hasShell: boolean;
  readonly waitsAtGate: boolean;
}

/** Where a managed runtime's images are found. */
export interface ManagedRuntime {
  /** AWS's repository and tag, `nodejs:24`. */
  readonly awsTag: string;
  /** Lambdock's equivalent; absent where there is none. */
  readonly own?: { readonly family: "nodejs" | "python" | "provided"; readonly baseImage: string };
}

/** Starts the bootstrap, looked for in AWS's order; with a shell's status when there is none (127) or it isn't executable (126). */
export const PROVIDED_ENTRY_POINT: readonly string[] = [
  "/bin/sh",
  "-c",
  'for b in /var/task/bootstrap /opt/bootstrap; do if [ -f "$b" ]; then [ -x "$b" ] || exit 126; exec "$b"; fi; done; exit 127',
];

const FAMILIES: readonly { readonly pattern: RegExp; readonly managed: (version: string) => ManagedRuntime }[] = [
  {
    pattern: /^nodejs(\d+)\.x$/,
    managed: (version) => ({ awsTag: `nodejs:${version}`, own: { family: "nodejs", baseImage: `node:${version}-bookworm-slim` } }),
  },
  {
    pattern: /^python(3\.\d+)$/,
    managed: (version) => ({ awsTag: `python:${version}`, own: { family: "python", baseImage: `python:${version}-slim-bookworm` } }),
  },
  {
    pattern: /^provided\.(al2023|al2)$/,
    managed: (version) => ({ awsTag: `provided:${version}`, own: { family: "provided", baseImage: "debian:bookworm-slim" } }),
  },
  { pattern: /^java(\d+(?:\.al2)?)$/, managed: (version) => ({ awsTag: `java:${version}` }) },
  { pattern: /^dotnet(\d+)$/, managed: (version) => ({ awsTag: `dotnet:${version}` }) },
  { pattern: /^ruby(\d+\.\d+)$/, managed: (version) => ({ awsTag: `ruby:${version}` }) },
];

/** `undefined` for a name that AWS has no such image for. */
export function managedRuntime(runtime: string): ManagedRuntime | undefined {
  for (const { pattern, managed } of FAMILIES) {
    const version = pattern.exec(runtime)?.[1];
    if (version !== undefined) return managed(version);
  }
  return undefined;
}

export function isProvided(runtime: string): boolean {
  return runtime.startsWith("provided.");
}

export function encodeReference(use: ImageUse, id: string): string {
  return `${use}@${id}`;
}

/** Throws for a text that no driver of this kind wrote. */
export function decodeReference(reference: string): { readonly use: ImageUse; readonly id: string } {
  const [, use, id] = /^(own|managed|provided|image)@(.+)$/.exec(reference) ?? [];
  if (use === undefined || id === undefined) throw new Error(`not a reference of the Docker driver: ${JSON.stringify(reference)}`);
  return { use: use as ImageUse, id };
}
