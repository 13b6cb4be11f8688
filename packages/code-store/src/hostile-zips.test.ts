import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createCodeStore, type CodeStore } from "@lambdock/code-store/code-store";
import { AwsError } from "@lambdock/model/errors/aws-error";
import fc from "fast-check";

const BROKEN = "Could not unzip uploaded file. Please check your file, then try to upload again.";
const TOO_LARGE = "Unzipped size must be smaller than 262144000 bytes";
const EMPTY = "Uploaded file must be a non-empty zip";

interface Crafted {
  readonly name: string | Buffer;
  readonly content?: Buffer;
  readonly mode?: number;
  readonly stored?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly host?: number;
  /** What the directory says instead of the truth. */
  readonly lie?: { readonly bytes?: number; readonly crc?: number; readonly compressed?: number; readonly offset?: number };
}

/** A zip byte by byte, true or not. */
function craft(entries: readonly Crafted[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = entry.content ?? Buffer.alloc(0);
    const data = entry.stored === true ? content : deflateRawSync(content);
    const method = entry.method ?? (entry.stored === true ? 0 : 8);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(((entry.host ?? 3) << 8) | 20, 4);
    central.writeUInt16LE(entry.flags ?? 0x800, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(entry.lie?.crc ?? crc32(content), 16);
    central.writeUInt32LE(entry.lie?.compressed ?? data.length, 20);
    central.writeUInt32LE(entry.lie?.bytes ?? content.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
    central.writeUInt32LE(entry.lie?.offset ?? offset, 42);
    locals.push(local, name, data);
    directory.push(central, name);
    offset += 30 + name.length + data.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directoryBytes, end]);
}

const text = Buffer.from("exports.handler = async () => 1;\n");
const link = (name: string, target: string): Crafted => ({ name, content: Buffer.from(target), mode: 0o120777, stored: true });
const file = (name: string | Buffer): Crafted => ({ name, content: text });

let directory: string;
let store: CodeStore;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hostile-zips-"));
  store = createCodeStore({ directory });
});
afterAll(async () => await rm(directory, { recursive: true, force: true }));

async function refusal(zip: Uint8Array): Promise<string> {
  const error: unknown = await store.putZip(zip).then(
    () => "accepted",
    (reason: unknown) => reason,
  );
  if (!(error instanceof AwsError)) throw new Error(`not refused: ${String(error)}`, { cause: error });
  expect(error.code).toBe("InvalidParameterValueException");
  return error.message;
}

test.each<[string, Uint8Array]>([
  ["text that is no zip", Buffer.from("this is not a zip file, and long enough to be looked at")],
  ["one byte", Buffer.from("P")],
  ["a zip cut in the middle", craft([file("a"), file("b")]).subarray(0, 90)],
  ["a path that climbs", craft([file("../evil")])],
  ["a path that climbs in its middle", craft([file("a/../../evil")])],
  ["a path that climbs and comes back", craft([file("a/../b")])],
  ["an absolute path", craft([file("/etc/passwd")])],
  ["a path that climbs by backslashes", craft([file("..\\..\\evil")])],
  ["a path that climbs by both separators", craft([file("a\\../..\\evil")])],
  ["an absolute path by backslash", craft([file("\\evil")])],
  ["a drive letter", craft([file("C:\\evil")])],
  ["a drive-relative path", craft([file("C:evil")])],
  ["NUL in a name", craft([file("a\0b")])],
  ["a nameless entry", craft([file("")])],
  ["a name of 256 bytes", craft([file("é".repeat(128))])],
  ["a path that no file system takes", craft([file(`${"d".repeat(200)}/`.repeat(20) + "f")])],
  ["a file and a directory of one name", craft([file("a"), file("a/b")])],
  ["a directory and a file of one name", craft([file("a/b"), file("a")])],
  ["a file below a link", craft([link("a", "b"), file("a/x"), file("b/y")])],
  ["a link and a file of one name", craft([link("a", "b"), file("a")])],
  ["a link to the world outside", craft([link("a", "../../etc/passwd")])],
  ["an absolute link", craft([link("a", "/etc/passwd")])],
  ["a link that climbs out of its directory's package", craft([file("d/x"), link("d/a", "../../x")])],
  ["a link that climbs through another link", craft([link("d/up", ".."), link("d/out", "up/..")])],
  ["a link with no target", craft([link("a", "")])],
  ["a link with NUL in its target", craft([link("a", "b\0c")])],
  ["a link of megabytes", craft([link("a", "b/".repeat(2_000_000))])],
  ["a named pipe", craft([{ name: "p", mode: 0o010644 }])],
  ["a character device", craft([{ name: "p", mode: 0o020644 }])],
  ["a block device", craft([{ name: "p", mode: 0o060644 }])],
  ["a socket", craft([{ name: "p", mode: 0o140644 }])],
  ["a directory with content", craft([{ name: "a/", content: text, mode: 0o040755 }])],
  ["an encrypted entry", craft([{ ...file("a"), flags: 1 }])],
  ["a compression that is not deflate", craft([{ ...file("a"), method: 14 }])],
  ["data that is not deflate", craft([{ name: "a", content: Buffer.from("\xff\xff\xff\xff"), stored: true, method: 8 }])],
  ["a wrong checksum", craft([{ ...file("a"), lie: { crc: 1 } }])],
  ["a small entry longer than announced", craft([{ name: "a", content: Buffer.alloc(9_000), lie: { bytes: 8_999 } }])],
  ["a small entry shorter than announced", craft([{ name: "a", content: Buffer.alloc(9_000), lie: { bytes: 9_001 } }])],
  ["a large entry longer than announced", craft([{ name: "a", content: Buffer.alloc(9_000_000), lie: { bytes: 8_999_999 } }])],
  ["a large entry shorter than announced", craft([{ name: "a", content: Buffer.alloc(9_000_000), lie: { bytes: 9_000_001 } }])],
  ["a large entry with a wrong checksum", craft([{ name: "a", content: Buffer.alloc(9_000_000), lie: { crc: 1 } }])],
  ["a bomb announced as one byte", craft([{ name: "a", content: Buffer.alloc(50_000_000), lie: { bytes: 1 } }])],
  ["data beyond the end", craft([{ ...file("a"), lie: { compressed: 100_000 } }])],
  ["a header beyond the end", craft([{ ...file("a"), lie: { offset: 0x7fffffff } }])],
  ["a header that is none", craft([{ ...file("a"), lie: { offset: 5 } }])],
])("%s is refused as a zip that can't be unzipped", async (_what, zip) => {
  expect(await refusal(zip)).toBe(BROKEN);
});

test("entries that share their bytes are refused, however little they unpack to", async () => {
  const shared = craft([
    { name: "a", content: Buffer.from("x".repeat(40_000)), stored: true },
    { name: "b", stored: true, lie: { offset: 0, compressed: 40_000, bytes: 40_000 } },
  ]);
  expect(await refusal(shared)).toBe(BROKEN);
});

test("more than 262,144,000 bytes are refused before anything is inflated", async () => {
  const declared = (bytes: number): Crafted => ({ name: "a", content: Buffer.alloc(10), lie: { bytes } });
  expect(await refusal(craft([declared(262_144_001)]))).toBe(TOO_LARGE);
  expect(await refusal(craft([declared(200_000_000), { ...declared(62_144_001), name: "b" }]))).toBe(TOO_LARGE);
  // At the limit it is the lie that is found.
  expect(await refusal(craft([declared(262_144_000)]))).toBe(BROKEN);
});

test("no bytes and no entries are an empty zip", async () => {
  expect(await refusal(new Uint8Array(0))).toBe(EMPTY);
  expect(await refusal(craft([]))).toBe(EMPTY);
});

test("an inline upload over its limit is refused with 413", async () => {
  const zip = craft([file("a")]);
  await expect(store.putZip(zip, { zippedBytesMax: zip.length - 1 })).rejects.toMatchObject({
    code: "RequestEntityTooLargeException",
    message: `Zipped size must be smaller than ${zip.length - 1} bytes`,
    status: 413,
  });
});

test("nothing refused leaves a trace in the store", async () => {
  await expect(store.putZip(craft([file("../evil")]))).rejects.toThrow(BROKEN);
  const kept = await readdir(join(directory, "zips")).catch(() => []);
  expect(kept.filter((name) => name.startsWith("."))).toEqual([]);
});

test("backslashes separate, dots vanish, code page 437 is understood, and the later of two files stays", async () => {
  const zip = craft([
    file("dir\\deep\\a.js"),
    file("./b.js"),
    { name: "./", mode: 0o040755 },
    { name: Buffer.from([0x81, 0x2e, 0x74]), content: text, flags: 0 },
    { name: "twice", content: Buffer.from("old") },
    { name: "twice", content: Buffer.from("new") },
    { ...file("dos.sh"), host: 0, mode: 0o755 },
  ]);
  const { sha256Hex } = await store.putZip(zip);
  const root = await store.ensureUnpacked(sha256Hex);
  expect((await readdir(root, { recursive: true })).toSorted()).toEqual([
    "b.js",
    "dir",
    "dir/deep",
    "dir/deep/a.js",
    "dos.sh",
    "twice",
    "ü.t",
  ]);
});

test("whatever its names are, a zip is refused or stays inside its directory", async () => {
  const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "b", "\\", "/", "C:", "\0", "\ud800"), fc.string({ maxLength: 5 }));
  const name = fc
    .array(part, { minLength: 1, maxLength: 5 })
    .chain((parts) => fc.constantFrom("/", "\\").map((separator) => parts.join(separator)));
  const entry = fc.record({ name, target: name, mode: fc.constantFrom(0, 0o100644, 0o120777, 0o040755) });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 6 }), async (entries) => {
      const zip = craft(
        entries.map(({ name: path, target, mode }) => ({ name: path, mode, content: Buffer.from(mode === 0o040755 ? "" : target) })),
      );
      const put = await store.putZip(zip).catch((error: unknown) => error);
      if (put instanceof AwsError) return;
      const { sha256Hex } = put as { sha256Hex: string };
      const before: readonly string[] = await readdir(join(directory, "unpacked")).catch(() => []);
      await store.ensureUnpacked(sha256Hex);
      const after = await readdir(join(directory, "unpacked"));
      expect(after.filter((present) => !before.includes(present))).toEqual(before.includes(sha256Hex) ? [] : [sha256Hex]);
      expect((await readdir(directory)).toSorted()).toEqual(["unpacked", "zips"]);
    }),
    { numRuns: 300 },
  );
});

test("a damaged zip is refused or intact, and never hangs or crashes the reader", async () => {
  const sound = craft([
    file("index.js"),
    link("l", "index.js"),
    { name: "big", content: Buffer.from("abc".repeat(30_000)) },
    { name: "d/", mode: 0o040755 },
  ]);
  const damage = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(sound.length), fc.boolean(), async (changes, length, cut) => {
      const zip = Buffer.from(cut ? sound.subarray(0, length) : sound);
      for (const [at, value] of changes) if (at < zip.length) zip[at] = value;
      const outcome = await store.checkZip(zip).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(AwsError);
    }),
    { numRuns: 1_500 },
  );
});
