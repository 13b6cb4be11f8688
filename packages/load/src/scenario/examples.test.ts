import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { plannedMs } from "./run-facts.ts";
import { readScenario } from "./read-scenario.ts";

const FOLDER = fileURLToPath(new URL("../../../../scenarios/", import.meta.url));
const FILES = [...readdirSync(FOLDER).filter((file) => file.endsWith(".yaml")), "../bench/scaling/above-limits.yaml"];

test.each(FILES)("the example %s is a scenario", (file) => {
  const path = join(FOLDER, file);
  const scenario = readScenario({
    file,
    text: readFileSync(path, "utf8"),
    readFile: (name) => readFileSync(join(dirname(path), name), "utf8"),
  });
  expect(plannedMs(scenario)).toBeGreaterThan(0);
});

test("the scenario of the documentation is one too", () => {
  const text = readFileSync(join(FOLDER, "../docs/load.md"), "utf8");
  const [, yaml] = /```yaml\n(name: .*?)```/s.exec(text)!;
  expect(readScenario({ file: "docs/load.md", text: yaml!, readFile: () => "" }).traffic).toHaveLength(2);
});
