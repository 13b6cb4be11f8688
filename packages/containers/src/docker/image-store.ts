import type Docker from "dockerode";
import type { Timers } from "@lambdock/kernel/clock";
import { reasonOf, statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";
import { followProgress } from "./progress-stream.ts";

/** A registry that says nothing for this long won't: a pull must not hang a function's creation. */
const PULL_SILENCE_MS = 10_000;

/** What can go into a request's path; the engine judges the rest. */
const IMAGE_NAME = /^[\w][\w.:/@-]*$/;

/** An image that the engine has. */
export interface StoredImage {
  readonly id: string;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string | undefined;
  /** `repository@sha256:…` as registries know it; none for an image that was built here. */
  readonly repoDigests: readonly string[];
}

/** Why an image can't be had, in the engine's words. */
export interface PullFailure {
  readonly failure: string;
  /** The registry answered that there is no such image, or that we may not see it. */
  readonly denied: boolean;
}

/** Images by name, local ones first. Architectures are named as in manifests: `amd64`, `arm64`. */
export interface ImageStore {
  /** `undefined` when the engine doesn't have it for that architecture. */
  find(name: string, architecture: string): Promise<StoredImage | undefined>;
  /** Pulls it; simultaneous calls share one pull, and a failure is believed for that long. */
  pull(name: string, architecture: string, believeMs: number): Promise<StoredImage | PullFailure>;
}

export function createImageStore(engine: Engine, timers: Timers): ImageStore {
  const pulls = new Map<string, Promise<StoredImage | PullFailure>>();
  const find = async (name: string, architecture: string): Promise<StoredImage | undefined> => {
    const info = await inspectImage(engine, name);
    return info === undefined || info.Architecture !== architecture ? undefined : storedImage(info);
  };
  const attempt = async (name: string, architecture: string): Promise<StoredImage | PullFailure> => {
    if (!IMAGE_NAME.test(name)) return { failure: "that is no name of an image", denied: false };
    const failure = await pullImage(engine, { name, architecture, timers });
    if (failure !== undefined) return { failure, denied: /denied|not found|unknown|unauthorized|no basic auth/i.test(failure) };
    return (await find(name, architecture)) ?? { failure: `the registry has no ${architecture} variant of it`, denied: true };
  };
  return {
    find,
    pull(name, architecture, believeMs) {
      const key = `${architecture} ${name}`;
      const running = pulls.get(key);
      if (running !== undefined) return running;
      const started = attempt(name, architecture);
      pulls.set(key, started);
      const forget = (): boolean => pulls.delete(key);
      started.then((outcome) => ("failure" in outcome ? timers.after(believeMs, forget) : forget()), forget);
      return started;
    },
  };
}

/** Everything the engine knows of an image; `undefined` when it doesn't have it. */
export async function inspectImage(engine: Engine, name: string): Promise<Docker.ImageInspectInfo | undefined> {
  if (!IMAGE_NAME.test(name)) return undefined;
  const info = await inspected(engine, name);
  // An image that was built here is in no registry: it is pinned by its own id, `repository@<id>`.
  const id = /@(sha256:[0-9a-f]{64})$/.exec(name)?.[1];
  return info !== undefined || id === undefined ? info : await inspected(engine, id);
}

async function inspected(engine: Engine, name: string): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await engine.call((docker) => docker.getImage(name).inspect());
  } catch (error) {
    // 400: not a valid reference, so nobody has it.
    if (statusOf(error) === 404 || statusOf(error) === 400) return undefined;
    throw error;
  }
}

/** The parts of an image's configuration that start a function. */
export function storedImage(info: Docker.ImageInspectInfo): StoredImage {
  const { Entrypoint: entryPoint, Cmd: command, WorkingDir: directory } = info.Config;
  return {
    id: info.Id,
    entryPoint: list(entryPoint),
    command: list(command),
    workingDirectory: directory === "" ? undefined : directory,
    repoDigests: info.RepoDigests ?? [],
  };
}

function list(value: string | readonly string[] | null | undefined): readonly string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}

async function pullImage(
  engine: Engine,
  what: { readonly name: string; readonly architecture: string; readonly timers: Timers },
): Promise<string | undefined> {
  const { name, architecture, timers } = what;
  const abort = new AbortController();
  let cancel = timers.after(PULL_SILENCE_MS, () => abort.abort());
  try {
    // Without a tag the engine would pull every tag there is.
    const tagged = /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
    const stream: NodeJS.ReadableStream = await engine.streams.pull(tagged, {
      platform: `linux/${architecture}`,
      abortSignal: abort.signal,
    });
    await followProgress(stream, () => {
      cancel();
      cancel = timers.after(PULL_SILENCE_MS, () => abort.abort());
    });
    return undefined;
  } catch (error) {
    return abort.signal.aborted ? `no answer within ${PULL_SILENCE_MS / 1_000} seconds` : reasonOf(error);
  } finally {
    cancel();
  }
}
