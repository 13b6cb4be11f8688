import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { readScenario } from "../scenario/read-scenario.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";

/** A scenario, and the folder that its paths are relative to. */
export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly folder: string;
}

/** Reads a file; throws ScenarioError. Of a seed given on the command line nothing in the file is left. */
export function loadScenario(file: string, seed: number | undefined): LoadedScenario {
  const folder = dirname(resolve(file));
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ScenarioError(`The scenario ${file} can't be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const scenario = readScenario({ file, text, readFile: (path) => readFileSync(isAbsolute(path) ? path : join(folder, path), "utf8") });
  return { scenario: seed === undefined ? scenario : { ...scenario, seed }, folder };
}
