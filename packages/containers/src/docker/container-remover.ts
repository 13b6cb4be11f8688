import type { Logger } from "@lambdock/kernel/logger";
import { statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";

/** Removes containers, in the end even those that couldn't be removed when it was time. */
export interface ContainerRemover {
  /** Kills and removes by id or name, after what has to happen just before; true for one that is gone already. Never rejects. */
  remove(container: string, justBefore?: () => void): Promise<boolean>;
  /** Tries again what failed before, as while the engine was away. */
  retry(): Promise<void>;
}

/**
 * The first version whose network can bear that containers leave it at the same time. Before it, one that leaves takes
 * two locks in the opposite order of one that has left, and with bad luck no container ever starts or stops again
 * (moby/moby#42545): there they are removed one after the other.
 */
const PARALLEL_SINCE_VERSION = 23;

export function createContainerRemover(engine: Engine, logger: Logger): ContainerRemover {
  const stranded = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (request: () => Promise<void>): Promise<void> => {
    const turn = last.then(request, request);
    last = turn;
    return turn;
  };
  const parallel = (): Promise<boolean> =>
    engine.facts().then(
      ({ majorVersion }) => majorVersion >= PARALLEL_SINCE_VERSION,
      () => false,
    );

  const remove = async (container: string, justBefore?: () => void): Promise<boolean> => {
    const oneByOne = !(await parallel());
    try {
      await engine.call((docker) => {
        const request = async (): Promise<void> => {
          justBefore?.();
          await docker.getContainer(container).remove({ force: true, v: true });
        };
        return oneByOne ? inTurn(request) : request();
      });
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
      await Promise.all([...stranded].map((container) => remove(container)));
    },
  };
}
