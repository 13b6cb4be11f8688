import { execFile } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Named pipes come from `mkfifo`, a program: made a few sets at a time, a cold start rarely waits for it. */
const BATCH = 16;
const PIPES = ["control", "status", "output", "extensions"] as const;

/** Directories with the four named pipes of a sandbox each. */
export interface FifoStore {
  /** Path of a directory that no sandbox has used. */
  take(): Promise<string>;
  remove(directory: string): Promise<void>;
  /** Removes what earlier lives left. */
  clearOthers(): Promise<void>;
  /** Removes everything of this life. */
  clear(): Promise<void>;
}

/** A store below `root`, which is created when needed; `life` tells its directories from those of earlier lives. */
export function createFifoStore(root: string, life: string): FifoStore {
  const ready: string[] = [];
  let made = 0;
  let making: Promise<void> | undefined;
  const ownRoot = join(root, life);
  const makeBatch = async (): Promise<void> => {
    const directories = Array.from({ length: BATCH }, () => join(ownRoot, String(made++)));
    // Functions enter the directory but can't list or change it; the pipes are theirs to write.
    await Promise.all(directories.map((directory) => mkdir(directory, { recursive: true, mode: 0o711 })));
    await promisify(execFile)("mkfifo", ["-m", "666", ...directories.flatMap((directory) => PIPES.map((pipe) => join(directory, pipe)))]);
    ready.push(...directories);
  };
  return {
    async take() {
      for (;;) {
        const directory = ready.pop();
        if (directory !== undefined) return directory;
        making ??= makeBatch().finally(() => (making = undefined));
        await making;
      }
    },
    remove: (directory) => rm(directory, { recursive: true, force: true }),
    async clearOthers() {
      const lives = await readdir(root).catch(() => []); // no directory yet
      await Promise.all(lives.filter((other) => other !== life).map((other) => rm(join(root, other), { recursive: true, force: true })));
    },
    async clear() {
      ready.length = 0;
      await rm(ownRoot, { recursive: true, force: true });
    },
  };
}
