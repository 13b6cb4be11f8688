import type { ControlPlaneParts } from "./control-plane-parts.ts";

/** A zip stays so long after its last user left, that links to it have expired and environments have ended. Milliseconds. */
const GRACE_MS = 15 * 60_000;

/** Removes zips that nobody has needed for a while. Failures are logged: what can't be removed costs only space. */
export async function sweepUnusedCode({
  usage,
  zips,
  clock,
  logger,
}: Pick<ControlPlaneParts, "usage" | "zips" | "clock" | "logger">): Promise<void> {
  const before = clock.now() - GRACE_MS;
  for (const sha256Hex of await usage.unused(before)) {
    await zips
      // Asked last: the same code may have been uploaded again since it was listed.
      .remove(sha256Hex, () => usage.forget(sha256Hex, before))
      .catch((error: unknown) => logger.warn("unused code could not be removed", { sha256: sha256Hex, cause: error }));
  }
}
