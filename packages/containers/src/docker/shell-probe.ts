import { SandboxUnavailable } from "../port.ts";
import { reasonOf, statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";
import { lifeLabels, type Life } from "./labels.ts";

/** Says whether an image has `/bin/sh`, without running it. Asked once per image id. */
export function createShellProbe(engine: Engine, life: Life): (imageId: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (imageId) => {
    const answer = known.get(imageId) ?? probe(engine, life, imageId);
    known.set(imageId, answer);
    answer.catch(() => known.delete(imageId));
    return answer;
  };
}

async function probe(engine: Engine, life: Life, imageId: string): Promise<boolean> {
  const container = await engine.call((docker) =>
    docker.createContainer({ Image: imageId, Entrypoint: ["/bin/sh"], Labels: lifeLabels(life, "probe"), NetworkDisabled: true }),
  );
  try {
    await engine.call((docker) => docker.getContainer(container.id).infoArchive({ path: "/bin/sh" }));
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    if (error instanceof SandboxUnavailable) throw error;
    throw new SandboxUnavailable(
      `Docker can't look into the image ${imageId} (${reasonOf(error)}): check that the image is whole, for instance with "docker run".`,
      "InvalidImage",
      { cause: error },
    );
  } finally {
    await engine.call((docker) => docker.getContainer(container.id).remove({ force: true })).catch(() => undefined); // reap() finds it
  }
}
