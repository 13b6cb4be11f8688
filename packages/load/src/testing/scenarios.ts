import { readScenario } from "../scenario/read-scenario.ts";
import type { Scenario } from "../scenario/scenario.ts";

/** Reads a scenario from its text; files by their name. */
export function scenarioOf(text: string, files: Readonly<Record<string, string>> = {}): Scenario {
  return readScenario({
    file: "s.yaml",
    text,
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) throw new Error(`no such file`);
      return content;
    },
  });
}
