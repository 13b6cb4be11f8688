import { createHash } from "node:crypto";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { SandboxUnavailable, type PreparedRuntime, type RuntimeSource } from "../port.ts";
import type { ImageOptions } from "./docker-options.ts";
import type { Engine } from "./engine.ts";
import { createImageStore, inspectImage, storedImage, type ImageStore, type PullFailure, type StoredImage } from "./image-store.ts";
import type { Life } from "./labels.ts";
import { ownRuntimeImage } from "./own-runtime.ts";
import {
  decodeReference,
  encodeReference,
  isProvided,
  MANAGED_PULL_BELIEF_MS,
  managedRuntime,
  PROVIDED_ENTRY_POINT,
  type ImageUse,
  type ManagedRuntime,
  type RuntimeImage,
} from "./runtime-image.ts";
import { createShellProbe } from "./shell-probe.ts";

/** Turns runtimes into images, and references back into what starts them. */
export interface RuntimePreparer {
  prepare(source: RuntimeSource): Promise<PreparedRuntime>;
  /** Rejects with SandboxUnavailable (ImageDeleted) when the image is gone. */
  describe(reference: string): Promise<RuntimeImage>;
  /** The engine said that the image of a reference doesn't exist: ask again. */
  forget(reference: string): void;
}

/** What a preparer needs. */
export interface RuntimePreparerOptions {
  readonly engine: Engine;
  readonly images: ImageOptions;
  readonly life: Life;
  readonly runtimesDirectory: string;
  readonly logger: Logger;
  readonly timers: Timers;
}

/** A user's image may be pushed any moment. */
const IMAGE_PULL_BELIEF_MS = 10_000;

type ManagedSource = Extract<RuntimeSource, { kind: "managed" }>;
interface Found {
  readonly use: ImageUse;
  readonly image: StoredImage;
}

export function createRuntimePreparer(options: RuntimePreparerOptions): RuntimePreparer {
  const { engine } = options;
  const store = createImageStore(engine, options.timers);
  const hasShell = createShellProbe(engine, options.life);
  const described = new Map<string, Promise<RuntimeImage>>();
  const preparing = new Map<string, Promise<PreparedRuntime>>();
  const search = createSearch(options, store);

  const describe = (reference: string): Promise<RuntimeImage> => {
    const known = described.get(reference) ?? describeImage(engine, reference, hasShell);
    described.set(reference, known);
    known.catch(() => described.delete(reference));
    return known;
  };
  const prepare = async (source: RuntimeSource): Promise<PreparedRuntime> => {
    const architecture = options.images.ignoreArchitecture
      ? (await engine.facts()).architecture
      : source.architecture === "arm64"
        ? "arm64"
        : "amd64";
    const { use, image } = await (source.kind === "image"
      ? search.image(source.imageUri, architecture)
      : search.managed(source, architecture));
    const reference = encodeReference(use, image.id);
    const { waitsAtGate } = await describe(reference);
    const resolved = source.kind === "image" ? { resolvedImageUri: resolvedImageUri(source.imageUri, image) } : {};
    return { reference, waitsAtGate, ...versionOf(source, image.id, options.images.region), ...resolved };
  };
  return {
    describe,
    forget: (reference) => void described.delete(reference),
    prepare(source) {
      const key = JSON.stringify(source);
      const running = preparing.get(key) ?? prepare(source).finally(() => preparing.delete(key));
      preparing.set(key, running);
      return running;
    },
  };
}

/** The image by digest: as its registry knows it, or, for one that was built here, by its own id. */
function resolvedImageUri(imageUri: string, image: StoredImage): string {
  const repository = imageUri.replace(/@sha256:.*$/, "").replace(/:[^/:]*$/, "");
  return image.repoDigests.find((digest) => digest.startsWith(`${repository}@`)) ?? `${repository}@${image.id}`;
}

async function describeImage(engine: Engine, reference: string, hasShell: (id: string) => Promise<boolean>): Promise<RuntimeImage> {
  const { use, id } = decodeReference(reference);
  const info = await inspectImage(engine, id);
  if (info === undefined)
    throw new SandboxUnavailable(
      `Docker no longer has the image ${id} of the function: update the function's code, which fetches it again.`,
      "ImageDeleted",
    );
  const image = storedImage(info);
  const provided = use === "provided";
  return {
    use,
    id,
    entryPoint: provided ? PROVIDED_ENTRY_POINT : image.entryPoint,
    command: provided ? [] : image.command,
    workingDirectory: use === "image" ? image.workingDirectory : "/var/task",
    hasShell: await hasShell(id),
    waitsAtGate: use === "own",
  };
}

interface Search {
  managed(source: ManagedSource, architecture: string): Promise<Found>;
  image(imageUri: string, architecture: string): Promise<Found>;
}

function createSearch(options: RuntimePreparerOptions, store: ImageStore): Search {
  const { images, engine, logger, runtimesDirectory } = options;
  const aws = async ({ runtime }: ManagedSource, name: string, architecture: string): Promise<Found | PullFailure> => {
    const image = (await store.find(name, architecture)) ?? (await store.pull(name, architecture, MANAGED_PULL_BELIEF_MS));
    return "failure" in image ? image : { use: isProvided(runtime) ? "provided" : "managed", image };
  };
  const own = async ({ runtime }: ManagedSource, known: ManagedRuntime, architecture: string): Promise<Found | PullFailure> => {
    if (known.own === undefined) return { failure: "Lambdock has no image of its own for it", denied: true };
    const image = await ownRuntimeImage({ engine, store, runtimesDirectory, logger }, { runtime, architecture, ...known.own });
    return "failure" in image ? image : { use: isProvided(runtime) ? "provided" : "own", image };
  };
  return {
    async managed(source, architecture) {
      const override = images.overrides[source.runtime];
      const known = managedRuntime(source.runtime);
      if (override !== undefined)
        return settle(await aws(source, override, architecture), () => unavailable(source.runtime, [override], architecture));
      if (known === undefined)
        throw new SandboxUnavailable(
          `Lambdock knows no image for the runtime ${source.runtime}: name one in its runtime image setting.`,
          "InvalidRuntime",
        );
      const awsImage = `${images.registry}/${known.awsTag}`;
      const attempts = [() => aws(source, awsImage, architecture), () => own(source, known, architecture)];
      if (images.preferOwn) attempts.reverse();
      for (const attempt of attempts) {
        const found = await attempt();
        if (!("failure" in found)) return found;
        logger.debug("an image can't be had", { runtime: source.runtime, failure: found.failure });
      }
      throw unavailable(source.runtime, [awsImage, ...(known.own === undefined ? [] : [known.own.baseImage])], architecture);
    },
    async image(imageUri, architecture) {
      const image = (await store.find(imageUri, architecture)) ?? (await store.pull(imageUri, architecture, IMAGE_PULL_BELIEF_MS));
      if ("failure" in image) throw imageUnavailable(imageUri, image, architecture);
      return { use: "image", image };
    },
  };
}

function settle(found: Found | PullFailure, otherwise: () => SandboxUnavailable): Found {
  if ("failure" in found) throw otherwise();
  return found;
}

function unavailable(runtime: string, images: readonly string[], architecture: string): SandboxUnavailable {
  const cures = images.map((image) => `docker pull --platform linux/${architecture} ${image}`);
  return new SandboxUnavailable(
    `The runtime ${runtime} needs the image ${images.join(" or ")}, which Docker neither has nor can pull: run "${cures.join('" or "')}" where there is a network, then update the function.`,
    "InvalidRuntime",
  );
}

function imageUnavailable(name: string, { failure, denied }: PullFailure, architecture: string): SandboxUnavailable {
  const reason = denied ? "ImageAccessDenied" : "InvalidImage";
  return new SandboxUnavailable(
    `Docker has no image ${name} for linux/${architecture} and can't pull it (${failure}): build or pull it under that name, then update the function.`,
    reason,
  );
}

/** `nodejs24.x` is `nodejs:24.v1`. The ARN names the image, so that it changes when the runtime does. */
function versionOf(source: RuntimeSource, imageId: string, region: string): { runtimeVersion: string; runtimeVersionArn: string } {
  const name = source.kind === "image" ? "provided:image" : source.runtime.replace(/^([a-z]+)\.?(\d.*?|al\d+)(?:\.x)?$/, "$1:$2");
  const digest = imageId.replace(/^sha256:/, "");
  const hash = /^[0-9a-f]{64}$/.test(digest) ? digest : createHash("sha256").update(imageId).digest("hex");
  return { runtimeVersion: `${name}.v1`, runtimeVersionArn: `arn:aws:lambda:${region}::runtime:${hash}` };
}
