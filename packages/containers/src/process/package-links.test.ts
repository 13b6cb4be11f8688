import { lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createSdkLinks } from "./package-links.ts";

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "lambdock-links-")), "node_modules");
});
afterEach(() => rm(join(directory, ".."), { recursive: true, force: true }));

const nameOf = async (path: string): Promise<unknown> =>
  (JSON.parse(await readFile(join(directory, path, "package.json"), "utf8")) as { readonly name: string }).name;

test("the directory holds the SDK and what it stands on", async () => {
  expect(await createSdkLinks(directory)()).toBe(directory);
  for (const name of ["@aws-sdk/client-s3", "@aws-sdk/core", "@smithy/core", "tslib"]) expect(await nameOf(name)).toBe(name);
});

test("what an older Lambdock left is mended, and what is right is not touched", async () => {
  await createSdkLinks(directory)();
  const path = join(directory, "@aws-sdk/client-s3");
  const { ino } = await lstat(path);
  await mkdir(join(directory, "express"));
  await writeFile(join(directory, "express/index.js"), "");
  await symlink("/nowhere", join(directory, "@aws-sdk/client-gone"));
  await rm(join(directory, "tslib"));
  await symlink("/nowhere", join(directory, "tslib"));
  await createSdkLinks(directory)();
  expect((await lstat(path)).ino).toBe(ino);
  expect(await nameOf("tslib")).toBe("tslib");
  for (const gone of ["express", "@aws-sdk/client-gone"]) await expect(readlink(join(directory, gone))).rejects.toThrow("ENOENT");
});

test("a failure is not remembered", async () => {
  const link = createSdkLinks(join(directory, "below/a-file"));
  await mkdir(directory);
  await writeFile(join(directory, "below"), "");
  await expect(link()).rejects.toThrow("ENOTDIR");
  await rm(join(directory, "below"));
  await link();
  expect((await lstat(join(directory, "below/a-file/tslib"))).isSymbolicLink()).toBe(true);
});
