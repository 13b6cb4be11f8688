import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { CodeStore } from "@lambdock/code-store/code-store";
import type { PreparedRuntime, RuntimeSource, SandboxDriver } from "@lambdock/containers/port";
import type { FunctionSpec } from "@lambdock/model/function-spec";

/** Everything of a function version that is made once and shared by its sandboxes. */
export interface Provision {
  readonly runtime: PreparedRuntime;
  readonly taskDirectory?: string;
  readonly layersDirectory?: string;
  /** A `provided.*` function whose code and layers hold no executable `bootstrap`. */
  readonly missingBootstrap: boolean;
}

/** Provisions of the function versions in use, each made once however many ask at the same time. */
export class Provisioner {
  readonly #driver: SandboxDriver;
  readonly #codeStore: CodeStore;
  readonly #made = new Map<string, Promise<Provision>>();

  constructor(driver: SandboxDriver, codeStore: CodeStore) {
    this.#driver = driver;
    this.#codeStore = codeStore;
  }

  /** The provision, made if it has not been; rejects with SandboxUnavailable. */
  get(spec: FunctionSpec): Promise<Provision> {
    return this.#made.get(provisionKey(spec)) ?? this.renew(spec);
  }

  /** Makes it again: what was made before may have been removed since (a pruned image, a deleted zip). */
  renew(spec: FunctionSpec): Promise<Provision> {
    const key = provisionKey(spec);
    const made = this.#make(spec);
    this.#made.set(key, made);
    made.catch(() => {
      if (this.#made.get(key) === made) this.#made.delete(key);
    });
    return made;
  }

  /** The next sandbox of the function makes its provision anew. */
  forget(spec: FunctionSpec): void {
    this.#made.delete(provisionKey(spec));
  }

  async #make(spec: FunctionSpec): Promise<Provision> {
    const runtime = await this.#driver.prepareRuntime(runtimeSource(spec));
    if (spec.package.kind === "image") return { runtime, missingBootstrap: false };
    const taskDirectory = await this.#codeStore.ensureUnpacked(spec.package.codeSha256);
    const layersDirectory = await this.#codeStore.ensureLayers(spec.package.layers);
    const missingBootstrap = spec.package.runtime.startsWith("provided") && !(await anyExecutable([taskDirectory, layersDirectory]));
    return { runtime, taskDirectory, ...(layersDirectory === undefined ? {} : { layersDirectory }), missingBootstrap };
  }
}

function runtimeSource(spec: FunctionSpec): RuntimeSource {
  const { architecture } = spec;
  if (spec.package.kind === "image") return { kind: "image", imageUri: spec.package.imageUri, architecture };
  return { kind: "managed", runtime: spec.package.runtime, architecture };
}

function provisionKey(spec: FunctionSpec): string {
  const { package: code } = spec;
  return code.kind === "image"
    ? `${spec.architecture} ${code.imageUri}`
    : `${spec.architecture} ${code.runtime} ${code.codeSha256} ${code.layers.join(" ")}`;
}

async function anyExecutable(directories: readonly (string | undefined)[]): Promise<boolean> {
  for (const directory of directories) {
    if (directory === undefined) continue;
    try {
      await access(join(directory, "bootstrap"), constants.X_OK);
      return true;
    } catch {
      // The next directory may have one.
    }
  }
  return false;
}
