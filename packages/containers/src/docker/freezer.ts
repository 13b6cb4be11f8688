/**
 * Freezes all processes of a container. The kernel's freezer is written directly where its files
 * can be reached; elsewhere the engine is asked to pause, which takes a request and a runtime process each way.
 */
import { closeSync, constants, existsSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { groupsOf } from "./cgroup-reader.ts";
import type { EngineFacts } from "./engine.ts";
import type { SandboxContainer } from "./sandbox-container.ts";

/** One container's freezer. */
export interface Freezer {
  /** Works without the engine. */
  readonly quick: boolean;
  /** Rejects when the container can't be frozen; then it is not. */
  freeze(): Promise<void>;
  /** `undefined` when the processes go on already. */
  thaw(): Promise<void> | undefined;
  /** Thaws what the engine does not know to be frozen, and lets go of the files. */
  close(): void;
}

/** Words of the kernel's two freezers. */
interface FreezerFile {
  readonly path: string;
  readonly frozen: string;
  readonly thawed: string;
}

/** The best freezer there is for a running container. */
export function createFreezer(root: string, facts: EngineFacts, container: Pick<SandboxContainer, "id" | "pause" | "unpause">): Freezer {
  const file = freezerFile(root, facts, container.id);
  const fd = file === undefined ? undefined : openForWriting(file.path);
  return file === undefined || fd === undefined ? createEngineFreezer(container) : createFileFreezer(file, fd);
}

/** Thaws a container that another life froze by writing to the kernel: the engine does not know that it is frozen. */
export function thawLeftover(root: string, facts: EngineFacts, containerId: string): void {
  const file = freezerFile(root, facts, containerId);
  try {
    if (file !== undefined) writeFileSync(file.path, file.thawed);
  } catch {
    // gone meanwhile, or not ours to write: then it was not frozen this way
  }
}

function freezerFile(root: string, facts: EngineFacts, containerId: string): FreezerFile | undefined {
  if (root === "") return undefined;
  const second = facts.cgroupVersion === "2";
  const words = second ? { frozen: "1", thawed: "0" } : { frozen: "FROZEN", thawed: "THAWED" };
  const paths = groupsOf(facts, containerId).map((group) =>
    second ? join(root, group, "cgroup.freeze") : join(root, "freezer", group, "freezer.state"),
  );
  const path = paths.find((candidate) => existsSync(candidate));
  return path === undefined ? undefined : { path, ...words };
}

function openForWriting(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY);
  } catch {
    return undefined; // mounted read-only, or not our user's
  }
}

function createFileFreezer(file: FreezerFile, fd: number): Freezer {
  let frozen = false;
  let open = true;
  const thaw = (): undefined => {
    if (!frozen) return;
    frozen = false;
    try {
      writeSync(fd, file.thawed, 0);
    } catch {
      // the group is gone, and the container with it
    }
  };
  return {
    quick: true,
    async freeze() {
      if (frozen || !open) return;
      writeSync(fd, file.frozen, 0);
      frozen = true;
    },
    thaw,
    close() {
      if (!open) return;
      open = false;
      thaw();
      closeSync(fd);
    },
  };
}

function createEngineFreezer(container: Pick<SandboxContainer, "pause" | "unpause">): Freezer {
  let wanted = false;
  let paused = false;
  /** One request after the other; each failure is told to whoever made the request. */
  let last: Promise<unknown> = Promise.resolve();
  const settle = (): Promise<void> => {
    const done = last.then(async () => {
      if (wanted === paused) return;
      const target = wanted;
      await (target ? container.pause() : container.unpause());
      paused = target;
    });
    last = done.catch(() => undefined);
    return done;
  };
  return {
    quick: false,
    async freeze() {
      wanted = true;
      await settle().catch((error: unknown) => {
        wanted = paused;
        throw error;
      });
    },
    thaw() {
      if (!wanted && !paused) return undefined;
      wanted = false;
      return settle();
    },
    close: () => undefined, // the engine removes what it paused
  };
}
