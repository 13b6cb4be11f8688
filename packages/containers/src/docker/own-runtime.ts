import type { Readable } from "node:stream";
import type { Logger } from "@lambdock/kernel/logger";
import { SandboxUnavailable } from "../port.ts";
import { contextDigest, contextStream, runtimeContext } from "./build-context.ts";
import { reasonOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";
import type { ImageStore, PullFailure, StoredImage } from "./image-store.ts";
import { LABEL_PURPOSE } from "./labels.ts";
import { MANAGED_PULL_BELIEF_MS } from "./runtime-image.ts";
import { followProgress } from "./progress-stream.ts";

/** Begins what a script of ours has to say while an image is built. */
const SCRIPT_MARK = "lambdock: ";

/** What it takes to build Lambdock's own equivalent of a runtime image. */
export interface OwnRuntimeOptions {
  readonly engine: Engine;
  readonly store: ImageStore;
  readonly runtimesDirectory: string;
  readonly logger: Logger;
}

/** One runtime to build. */
export interface OwnRuntimeRequest {
  readonly runtime: string;
  readonly family: string;
  readonly baseImage: string;
  readonly architecture: string;
}

/**
 * Answers Lambdock's image for a runtime, `lambdock/runtime-<name>`, building it when this version
 * of it isn't there; a PullFailure says that its base image can't be had.
 */
export async function ownRuntimeImage(options: OwnRuntimeOptions, request: OwnRuntimeRequest): Promise<StoredImage | PullFailure> {
  const { store, runtimesDirectory } = options;
  const base =
    (await store.find(request.baseImage, request.architecture)) ??
    (await store.pull(request.baseImage, request.architecture, MANAGED_PULL_BELIEF_MS));
  if ("failure" in base) return base;
  const context = await runtimeContext(runtimesDirectory, request.family);
  const name = `lambdock/runtime-${request.runtime}:${contextDigest(context, base.id, request.architecture).slice(0, 16)}`;
  const existing = await store.find(name, request.architecture);
  if (existing !== undefined) return existing;
  await build(options, { ...request, name, context: contextStream(context) });
  const built = await store.find(name, request.architecture);
  if (built === undefined) throw new SandboxUnavailable(`Docker built ${name} but doesn't have it: try again.`);
  return built;
}

async function build(
  { engine, logger }: OwnRuntimeOptions,
  what: OwnRuntimeRequest & { readonly name: string; readonly context: Readable },
): Promise<void> {
  logger.info("building a runtime image", { image: what.name, base: what.baseImage });
  const output: string[] = [];
  try {
    const stream = await engine.streams.buildImage(what.context, {
      t: what.name,
      platform: `linux/${what.architecture}`,
      buildargs: { BASE_IMAGE: what.baseImage },
      labels: { [LABEL_PURPOSE]: "runtime" },
      forcerm: true,
    });
    await followProgress(stream, (line) => output.push(line));
    const lacking = output.filter((line) => line.startsWith(SCRIPT_MARK));
    for (const line of lacking) logger.warn(line.slice(SCRIPT_MARK.length).trim(), { image: what.name });
  } catch (error) {
    logger.error("a runtime image could not be built", { image: what.name, output: output.join("").slice(-2_000) });
    throw new SandboxUnavailable(
      `Docker could not build ${what.name} from ${what.baseImage} (${reasonOf(error)}): see the executor's log for the build's output.`,
      "InvalidRuntime",
      { cause: error },
    );
  }
}
