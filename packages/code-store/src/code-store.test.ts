import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createCodeStore, type CodeStore } from "@lambdock/code-store/code-store";
import yazl from "yazl";

type Files = Readonly<Record<string, string | Buffer | { readonly content: string; readonly mode: number }>>;

async function zipOf(files: Files): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [path, file] of Object.entries(files)) {
    const plain = typeof file === "string" || Buffer.isBuffer(file);
    const options = { mode: plain ? 0o100644 : file.mode, mtime: new Date(0) };
    zip.addBuffer(Buffer.from(plain ? file : file.content), path, options);
  }
  zip.end();
  return await buffer(zip.outputStream);
}

let directory: string;
let store: CodeStore;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "code-store-"));
  store = createCodeStore({ directory });
});
afterAll(async () => await rm(directory, { recursive: true, force: true }));

async function freshStore(): Promise<{ readonly root: string; readonly fresh: CodeStore }> {
  const root = await mkdtemp(join(directory, "fresh-"));
  return { root, fresh: createCodeStore({ directory: root }) };
}

async function put(files: Files, into = store): Promise<string> {
  return (await into.putZip(await zipOf(files))).sha256Hex;
}

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8);

test("a stored zip is addressed by its digest and comes back byte for byte", async () => {
  const bytes = await zipOf({ "index.js": "exports.handler = 1", "lib/a.txt": "aaa" });
  const stored = await store.putZip(bytes);
  const digest = createHash("sha256").update(bytes);
  expect(stored).toEqual({
    sha256Hex: digest.copy().digest("hex"),
    sha256Base64: digest.digest("base64"),
    size: bytes.length,
    unzippedSize: 22,
  });
  expect(await store.putZip(bytes)).toEqual(stored);
  expect(await store.has(stored.sha256Hex)).toBe(true);
  const opened = await store.openZip(stored.sha256Hex);
  expect(opened?.size).toBe(bytes.length);
  expect(await buffer(opened!.stream)).toEqual(bytes);
});

test("a zip that is not there is neither had nor opened, and can't be unpacked", async () => {
  const sha = "0".repeat(64);
  expect(await store.has(sha)).toBe(false);
  expect(await store.openZip(sha)).toBeUndefined();
  await expect(store.ensureUnpacked(sha)).rejects.toThrow(
    `The code store has no ${join(directory, "zips", `${sha}.zip`)}: upload the code again.`,
  );
});

test("an address is 64 hex digits and nothing else", async () => {
  await expect(store.has("../../etc/passwd")).rejects.toThrow("a code address is 64 hex digits");
  await expect(store.ensureUnpacked("x")).rejects.toThrow("a code address is 64 hex digits");
});

test("checking a zip stores nothing", async () => {
  const { root, fresh } = await freshStore();
  const checked = await fresh.checkZip(await zipOf({ a: "1" }));
  expect(checked.unzippedSize).toBe(1);
  expect(await readdir(root)).toEqual([]);
});

test("unpacked files can be read by everybody, directories can't be written, executables stay so", async () => {
  const root = await store.ensureUnpacked(
    await put({
      "bin/run": { content: "#!/bin/sh", mode: 0o100700 },
      secret: { content: "s", mode: 0o100600 },
      open: { content: "o", mode: 0o100666 },
      none: { content: "n", mode: 0o100000 },
      setid: { content: "x", mode: 0o104755 },
    }),
  );
  const modes = await Promise.all(["bin/run", "secret", "open", "none", "setid", "bin", "."].map((path) => modeOf(join(root, path))));
  expect(modes).toEqual(["755", "644", "644", "444", "755", "555", "555"]);
});

test("the modes do not depend on the process's umask", async () => {
  const sha = await put({ "bin/run": { content: "umask", mode: 0o100755 } });
  const before = process.umask(0o077);
  try {
    const root = await store.ensureUnpacked(sha);
    expect([await modeOf(join(root, "bin/run")), await modeOf(join(root, "bin")), await modeOf(root)]).toEqual(["755", "555", "555"]);
  } finally {
    process.umask(before);
  }
});

test("links inside the package are unpacked as links", async () => {
  const root = await store.ensureUnpacked(
    await put({
      "lib/real.so.1": "elf",
      "lib/real.so": { content: "real.so.1", mode: 0o120777 },
      "bin/up": { content: "../lib/real.so", mode: 0o120777 },
    }),
  );
  expect(await readlink(join(root, "lib/real.so"))).toBe("real.so.1");
  expect(await readFile(join(root, "bin/up"), "utf8")).toBe("elf");
});

test("large and small files, deflated and stored, unpack to what was packed", async () => {
  const noise = randomBytes(9_000_000);
  const zip = new yazl.ZipFile();
  zip.addBuffer(noise, "stored.bin", { compress: false });
  zip.addBuffer(noise, "deflated.bin");
  zip.addBuffer(Buffer.alloc(30_000_000, "ab"), "dense.txt");
  zip.addBuffer(Buffer.alloc(0), "empty");
  zip.addBuffer(Buffer.from("x"), "tiny", { compress: false });
  zip.addEmptyDirectory("void");
  zip.end();
  const { sha256Hex, unzippedSize } = await store.putZip(await buffer(zip.outputStream));
  expect(unzippedSize).toBe(48_000_001);
  const root = await store.ensureUnpacked(sha256Hex);
  expect((await readFile(join(root, "stored.bin"))).equals(noise)).toBe(true);
  expect((await readFile(join(root, "deflated.bin"))).equals(noise)).toBe(true);
  expect((await readFile(join(root, "dense.txt"))).equals(Buffer.alloc(30_000_000, "ab"))).toBe(true);
  expect((await stat(join(root, "empty"))).size).toBe(0);
  expect((await stat(join(root, "void"))).isDirectory()).toBe(true);
});

test("several stores race to unpack, all get the same whole directory, and no stage is left", async () => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`d${index % 7}/f${index}`, `content ${index}`]));
  const sha = await put(files);
  const rivals = Array.from({ length: 6 }, () => createCodeStore({ directory }));
  const roots = await Promise.all([...rivals, store, store].map((rival) => rival.ensureUnpacked(sha)));
  expect(new Set(roots)).toEqual(new Set([join(directory, "unpacked", sha)]));
  expect(await readFile(join(roots[0]!, "d3/f3"), "utf8")).toBe("content 3");
  expect((await readdir(join(directory, "unpacked"))).filter((name) => name.startsWith("."))).toEqual([]);
});

test("a process killed while it unpacks leaves no half directory, and the next one succeeds", async () => {
  // A process of its own runs what is built: Node 20 can't run the sources.
  execFileSync(join(import.meta.dirname, "../../../node_modules/.bin/tsc"), ["-b", join(import.meta.dirname, "..")]);
  const { root, fresh } = await freshStore();
  const files = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`f${index}`, `content ${index}`]));
  const sha = await put(files, fresh);
  const script = `import { createCodeStore } from ${JSON.stringify(join(import.meta.dirname, "../dist/code-store.js"))};
    process.stdout.write("ready"); await createCodeStore({ directory: ${JSON.stringify(root)} }).ensureUnpacked("${sha}");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  while (!(await readdir(join(root, "unpacked")).catch(() => [])).some((name) => name.startsWith(".stage-")))
    await new Promise(setImmediate);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await readdir(join(root, "unpacked"))).toEqual([expect.stringMatching(/^\.stage-/)]);
  expect(await readdir(await fresh.ensureUnpacked(sha))).toHaveLength(3_000);
  expect(await fresh.sweep()).toBe(0);
  const stage = (await readdir(join(root, "unpacked"))).find((name) => name.startsWith("."))!;
  await utimes(join(root, "unpacked", stage), 0, 0);
  await fresh.sweep();
  expect(await readdir(join(root, "unpacked"))).toEqual([sha]);
});

test("a stored zip that was damaged on the disk is not unpacked, and no half directory remains", async () => {
  const { root, fresh } = await freshStore();
  const sha = await put({ a: randomBytes(9_000) }, fresh);
  await truncate(join(root, "zips", `${sha}.zip`), 4_000);
  await expect(fresh.ensureUnpacked(sha)).rejects.toMatchObject({
    code: "InvalidZipFileException",
    message: expect.stringContaining("is damaged. Upload the code again."),
  });
  expect(await readdir(join(root, "unpacked"))).toEqual([]);
});

test("no layer is no directory, one layer is its own", async () => {
  const sha = await put({ "nodejs/x": "one" });
  expect(await store.ensureLayers([])).toBeUndefined();
  expect(await store.ensureLayers([sha])).toBe(join(directory, "unpacked", sha));
});

test("layers merge in order, the later one wins whatever kind the earlier had", async () => {
  const base = await put({
    "lib/a": "a1",
    "lib/b": "b1",
    "turns/into/file": "dir",
    link: { content: "lib", mode: 0o120777 },
    becomes: "file",
  });
  const upper = await put({
    "lib/b": "b2",
    "turns/into": "file",
    "link/inside": "real directory",
    "becomes/dir": "deep",
    "lib/run": { content: "x", mode: 0o100755 },
  });
  const merged = (await store.ensureLayers([base, upper]))!;
  expect((await readdir(merged, { recursive: true })).toSorted()).toEqual([
    "becomes",
    "becomes/dir",
    "lib",
    "lib/a",
    "lib/b",
    "lib/run",
    "link",
    "link/inside",
    "turns",
    "turns/into",
  ]);
  expect(await readFile(join(merged, "lib/a"), "utf8")).toBe("a1");
  expect(await readFile(join(merged, "lib/b"), "utf8")).toBe("b2");
  expect([await modeOf(join(merged, "lib/run")), await modeOf(join(merged, "lib")), await modeOf(merged)]).toEqual(["755", "555", "555"]);
  expect(await readdir(join(await store.ensureUnpacked(base), "lib"))).toEqual(["a", "b"]);
  const reversed = (await store.ensureLayers([upper, base]))!;
  expect(reversed).not.toBe(merged);
  expect(await readFile(join(reversed, "lib/b"), "utf8")).toBe("b1");
  expect(await readlink(join(reversed, "link"))).toBe("lib");
  expect(await store.ensureLayers([base, upper])).toBe(merged);
});

test("merged layers take no second copy of the bytes", async () => {
  const first = await put({ a: "linked" });
  const merged = (await store.ensureLayers([first, await put({ b: "other" })]))!;
  expect((await stat(join(merged, "a"))).ino).toBe((await stat(join(directory, "unpacked", first, "a"))).ino);
});

test("a zip is out of reach while it is asked whether it may go, and comes back when it may not", async () => {
  const { root, fresh } = await freshStore();
  const sha = await put({ a: "a" }, fresh);
  const seen: boolean[] = [];
  const answer = (confirmed: boolean) => async (): Promise<boolean> => {
    seen.push(await fresh.has(sha));
    return confirmed;
  };
  await fresh.remove(sha, answer(false));
  expect(await fresh.has(sha)).toBe(true);
  await expect(fresh.remove(sha, () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await fresh.has(sha)).toBe(true);
  await fresh.remove(sha, answer(true));
  expect(await fresh.has(sha)).toBe(false);
  expect(seen).toEqual([false, false]);
  expect(await readdir(join(root, "zips"))).toEqual([]);
});

test("a sweep clears what was made of removed zips and what was left behind, and nothing else", async () => {
  const { root, fresh } = await freshStore();
  expect(await fresh.sweep()).toBe(0);
  const [a, b, c] = [await put({ "deep/a": "a" }, fresh), await put({ b: "b" }, fresh), await put({ c: "c" }, fresh)];
  await fresh.ensureLayers([a, b]);
  const kept = (await fresh.ensureLayers([b, c]))!;
  await mkdir(join(root, "unpacked", ".trash-left"), { recursive: true });
  await writeFile(join(root, "unpacked", ".trash-left", "file"), "x");
  expect(await fresh.sweep()).toBe(0);
  await fresh.remove(a);
  await fresh.remove(a);
  expect(await fresh.has(a)).toBe(false);
  expect(await fresh.sweep()).toBe(2);
  expect((await readdir(join(root, "unpacked"))).toSorted()).toEqual([b, c].toSorted());
  expect(await readdir(join(root, "layers"))).toEqual([kept.split("/").at(-1)]);
  expect(await fresh.ensureLayers([b, c])).toBe(kept);
});
