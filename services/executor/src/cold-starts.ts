import { readFile } from "node:fs/promises";
import { ConfigurationError } from "@lambdock/kernel/config";
import { ColdStartDocumentError, parseColdStartDocument } from "@lambdock/fleet/cold-start-document";
import { publishedColdStarts, sampleColdStart, type ColdStart, type ColdStartModel } from "@lambdock/fleet/cold-start-model";
import { seededRandom } from "@lambdock/fleet/seeded-random";
import type { FunctionSpec } from "@lambdock/model/function-spec";

/** Draws how long AWS would have taken to start an environment of this function. */
export type ColdStartSampler = (spec: FunctionSpec) => ColdStart;

/**
 * The sampler that `LAMBDOCK_COLD_START` asks for: none for `real`, AWS's published figures, or those of a
 * JSON or YAML document, inline or in a file. `seed` 0 draws differently each time. Rejects with a ConfigurationError.
 */
export async function coldStartSampler(setting: string, seed: number): Promise<ColdStartSampler | undefined> {
  const model = await coldStartModel(setting);
  if (model === undefined) return undefined;
  const random = seed === 0 ? Math.random : seededRandom(seed);
  return (spec) =>
    sampleColdStart(
      model,
      {
        runtime: spec.package.kind === "zip" ? spec.package.runtime : "image",
        memorySizeMb: spec.memorySizeMb,
        architecture: spec.architecture,
        snapStart: spec.snapStart === true,
      },
      random,
    );
}

/** `undefined` for `real`. */
async function coldStartModel(setting: string): Promise<ColdStartModel | undefined> {
  if (setting === "real") return undefined;
  if (setting === "published") return publishedColdStarts;
  const refuse = (reason: string): ConfigurationError =>
    new ConfigurationError(`LAMBDOCK_COLD_START=${JSON.stringify(setting)}: ${reason}`);
  try {
    const { parse } = await import("yaml"); // only who has a document needs it
    return parseColdStartDocument(parse(setting.startsWith("{") ? setting : await readFile(setting, "utf8")));
  } catch (error) {
    if (error instanceof ColdStartDocumentError) throw refuse(error.message);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw refuse("expected real, published, or a JSON or YAML file, and there is no such file");
    throw refuse(message.split("\n", 1)[0] ?? message);
  }
}
