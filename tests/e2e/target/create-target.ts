import { composeTarget } from "./compose-target.ts";
import { embeddedTarget } from "./embedded-target.ts";
import type { TargetKind } from "./config.ts";
import type { Target } from "./target.ts";

/** What a test wants of a target of its own. */
export interface TargetWish {
  /** Compose project; ignored by embedded targets. */
  readonly project: string;
  /** True when the test is going to take Redis away. */
  readonly ownRedis?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Prepares a target of the kind; nothing runs until its `start`. */
export async function createTarget(kind: Exclude<TargetKind, "external">, wish: TargetWish): Promise<Target> {
  const env = wish.env ?? {};
  if (kind === "compose") return composeTarget(wish.project, env);
  return embeddedTarget(kind === "embedded-docker" ? "docker" : "process", { ownRedis: wish.ownRedis === true, env });
}
