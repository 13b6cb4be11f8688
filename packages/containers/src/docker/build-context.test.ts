import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { contextDigest, runtimeContext } from "./build-context.ts";

const RUNTIMES = fileURLToPath(new URL("../../runtimes", import.meta.url));

test("the Node.js context holds the client and its packages, without their native sources", async () => {
  const paths = (await runtimeContext(RUNTIMES, "nodejs")).map(({ path }) => path);
  expect(paths).toContain("Dockerfile");
  expect(paths).toContain("runtime/bootstrap.mjs");
  expect(paths).toContain("runtime/node_modules/aws-lambda-ric/package.json");
  expect(paths).toContain("runtime/node_modules/aws-lambda-ric-3/dist/index.mjs");
  expect(paths.filter((path) => path.includes("/deps/"))).toEqual([]);
});

test("starters are executable in the image", async () => {
  for (const family of ["nodejs", "python"]) {
    const files = await runtimeContext(RUNTIMES, family);
    expect(files.find(({ path }) => path === "runtime/bootstrap")?.mode).toBe(0o755);
  }
});

test("the digest changes with content, name, mode and base image", async () => {
  const file = { path: "a", mode: 0o644, content: Buffer.from("x") };
  const digests = [
    contextDigest([file], "base"),
    contextDigest([{ ...file, content: Buffer.from("y") }], "base"),
    contextDigest([{ ...file, path: "b" }], "base"),
    contextDigest([{ ...file, mode: 0o755 }], "base"),
    contextDigest([file], "other"),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(contextDigest([file], "base")).toBe(digests[0]);
});
