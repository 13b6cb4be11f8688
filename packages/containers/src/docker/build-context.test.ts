import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "@jest/globals";
import { extract } from "tar-stream";
import { contextDigest, contextStream, packageFiles, runtimeContext } from "./build-context.ts";
import { RUNTIMES } from "../runtimes-directory.ts";

/** What AWS's tutorials use most. */
const WANTED = [
  "client-s3",
  "client-dynamodb",
  "lib-dynamodb",
  "client-sqs",
  "client-sns",
  "client-lambda",
  "client-secrets-manager",
  "client-ssm",
];

const directory = await mkdtemp(join(tmpdir(), "lambdock-context-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

test("the Node.js context holds the client and its packages, without their native sources", async () => {
  const { files, packages } = await runtimeContext(RUNTIMES, "nodejs");
  const paths = files.map(({ path }) => path);
  expect(paths).toContain("Dockerfile");
  expect(paths).toContain("runtime/bootstrap.mjs");
  expect(packages.map(({ path }) => path)).toEqual(expect.arrayContaining(["aws-lambda-ric", "aws-lambda-ric-3"]));
  const kept = (await Promise.all(packages.map(packageFiles))).flat().map(({ path }) => path);
  expect(kept).toContain("node_modules/aws-lambda-ric/package.json");
  expect(kept).toContain("node_modules/aws-lambda-ric-3/dist/index.mjs");
  expect(kept.filter((path) => /\.d\.ts$|tar\.xz$|\/dist-(es|types)\//.test(path))).toEqual([]);
});

test("every package of the SDK can be loaded from what the context holds, by CommonJS and by ES modules", async () => {
  const { packages } = await runtimeContext(RUNTIMES, "nodejs");
  for (const { path, content } of (await Promise.all(packages.map(packageFiles))).flat()) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const sdk = packages
    .map(({ path }) => path)
    .filter((path) => /^@(aws-sdk|smithy)\/[^/]+$/.test(path) && !/\/(types|nested-clients)$/.test(path));
  expect(sdk).toEqual(expect.arrayContaining(WANTED.map((name) => `@aws-sdk/${name}`)));
  await writeFile(
    join(directory, "load.cjs"),
    `for (const name of ${JSON.stringify(sdk)}) console.log(name, Object.keys(require(name)).length > 0);`,
  );
  await writeFile(
    join(directory, "load.mjs"),
    `for (const name of ${JSON.stringify(sdk)}) console.log(name, Object.keys(await import(name)).length > 0);`,
  );
  const expected = sdk.map((name) => `${name} true\n`).join("");
  for (const file of ["load.cjs", "load.mjs"])
    expect(execFileSync(process.execPath, [join(directory, file)], { encoding: "utf8", env: {} })).toBe(expected);
}, 30_000);

test("docs/running.md names every client that is there", async () => {
  const { dependencies } = JSON.parse(await readFile(join(RUNTIMES, "..", "package.json"), "utf8")) as { readonly dependencies: object };
  const documented = await readFile(join(RUNTIMES, "../../../docs/running.md"), "utf8");
  const names = Object.keys(dependencies).filter((name) => name.startsWith("@aws-sdk/"));
  const missing = names.filter((name) => !documented.includes(`\`${name.replace(/^@aws-sdk\/(client-)?/, "")}\``));
  expect(names.length).toBeGreaterThan(WANTED.length);
  expect(missing).toEqual([]);
});

test("the stream is a tar of all files, with their modes", async () => {
  const context = await runtimeContext(RUNTIMES, "nodejs");
  const found = new Map<string, number | undefined>();
  const tar = contextStream(context).pipe(extract());
  for await (const entry of tar) {
    found.set(entry.header.name, entry.header.mode);
    await text(entry);
  }
  const wanted = [...context.files, ...(await Promise.all(context.packages.map(packageFiles))).flat()];
  expect(found).toEqual(new Map(wanted.map(({ path, mode }) => [path, mode])));
});

test("the stream fails when a package has gone", async () => {
  const gone = { path: "gone", directory: join(directory, "gone"), version: "1.0.0" };
  await expect(text(contextStream({ files: [], packages: [gone] }))).rejects.toThrow("ENOENT");
});

test("starters are executable in the image", async () => {
  for (const family of ["nodejs", "python"]) {
    const { files } = await runtimeContext(RUNTIMES, family);
    expect(files.find(({ path }) => path === "runtime/bootstrap")?.mode).toBe(0o755);
  }
});

test("the digest changes with content, name, mode, base image, and the place and version of a package", async () => {
  const file = { path: "a", mode: 0o644, content: Buffer.from("x") };
  const one = { path: "a", directory: "/a", version: "1.0.0" };
  const digest = (of: Partial<typeof file>, base: string, ...packages: (typeof one)[]): string =>
    contextDigest({ files: [{ ...file, ...of }], packages }, base);
  const digests = [
    digest({}, "base"),
    digest({ content: Buffer.from("y") }, "base"),
    digest({ path: "b" }, "base"),
    digest({ mode: 0o755 }, "base"),
    digest({}, "other"),
    digest({}, "base", one),
    digest({}, "base", { ...one, version: "1.0.1" }),
    digest({}, "base", { ...one, path: "b/node_modules/a" }),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(digest({}, "base")).toBe(digests[0]);
});
