import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import { coldStartSampler } from "./cold-starts.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lambdock-cold-starts-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function specOf(runtime: string, memorySizeMb = 128): FunctionSpec {
  return { package: { kind: "zip", runtime }, memorySizeMb, architecture: "x86_64" } as unknown as FunctionSpec;
}
const image = { package: { kind: "image", imageUri: "i" }, memorySizeMb: 128, architecture: "x86_64" } as unknown as FunctionSpec;

async function fileWith(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

test("real cold starts need no sampler", async () => {
  expect(await coldStartSampler("real", 0)).toBeUndefined();
});

test("the published figures are drawn by runtime, and a seed draws the same again", async () => {
  const [one, same, other] = await Promise.all([1, 1, 2].map((seed) => coldStartSampler("published", seed)));
  const drawn = [one, same, other].map((sample) => [specOf("java21"), specOf("provided.al2023"), image].map((spec) => sample!(spec)));
  expect(drawn[0]).toEqual(drawn[1]);
  expect(drawn[0]).not.toEqual(drawn[2]);
});

test.each([
  ["a YAML file", async () => fileWith("a.yaml", "placement: 7\ninit:\n  python*: { 128: 250, 512: 50 }\n  '*': 90\n")],
  ["a JSON file", async () => fileWith("b.json", '{"placement": 7, "init": {"python*": {"128": 250, "512": 50}, "*": 90}}')],
  ["a document inline", async () => '{ placement: 7, init: { "python*": { 128: 250, 512: 50 }, "*": 90 } }'],
])("%s says how long a start takes", async (_what, setting) => {
  const sample = (await coldStartSampler(await setting(), 0))!;
  expect(sample(specOf("python3.14", 512))).toEqual({ placementMs: 7, initMs: 50 });
  expect(sample(specOf("nodejs24.x"))).toEqual({ placementMs: 7, initMs: 90 });
  expect(sample(image)).toEqual({ placementMs: 7, initMs: 90 });
});

test.each([
  ["a word it does not know", async () => "publishd", "expected real, published, or a JSON or YAML file, and there is no such file"],
  ["a file that says something else", async () => fileWith("c.yaml", "init:\n  nodejs*: fast\n"), "init.nodejs*: expected an object"],
  ["a file that is no YAML", async () => fileWith("d.yaml", "init: [\n"), "at line 2, column 1"],
  ["an inline document that is none", async () => "{ init: ", "at line 1"],
])("%s is refused with the setting and the reason", async (_what, setting, reason) => {
  const text = await setting();
  await expect(coldStartSampler(text, 0)).rejects.toThrow(`LAMBDOCK_COLD_START=${JSON.stringify(text)}: `);
  await expect(coldStartSampler(text, 0)).rejects.toThrow(reason);
});
