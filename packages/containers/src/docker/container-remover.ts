import type { Logger } from "@lambdock/kernel/logger";
import { statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";

/** Removes containers, in the end even those that couldn't be removed when it was time. */
export interface ContainerRemover {
  /** Kills and removes by id or name; true for one that is gone already. Never rejects. */
  remove(container: string): Promise<boolean>;
  /** Tries again what failed before, as while the engine was away. */
  retry(): Promise<void>;
}

export function createContainerRemover(engine: Engine, logger: Logger): ContainerRemover {
  const stranded = new Set<string>();
  const remove = async (container: string): Promise<boolean> => {
    try {
      await engine.call((docker) => docker.getContainer(container).remove({ force: true, v: true }));
    } catch (error) {
      // 404: gone; 409: the engine is removing it already.
      if (statusOf(error) !== 404 && statusOf(error) !== 409) {
        stranded.add(container);
        logger.warn("a container could not be removed; it is tried again when the engine answers", { container, error });
        return false;
      }
    }
    stranded.delete(container);
    return true;
  };
  return {
    remove,
    async retry() {
      await Promise.all([...stranded].map(remove));
    },
  };
}
