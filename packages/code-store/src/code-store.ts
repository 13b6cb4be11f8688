import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { invariant } from "@lambdock/model/invariant";
import { LAYERS_MAX } from "@lambdock/model/limits";
import { mergeLayers } from "./merge-layers.ts";
import { createSingleFlight } from "./single-flight.ts";
import { clearAbandoned, exists, finishedNames, hasCode, makeDirectoryOnce, removeWhole, stageIn } from "./staged-directory.ts";
import { unpackZip } from "./unpack.ts";
import { checkContents, checkDirectory } from "./zip-check.ts";
import type { ZipPlan } from "./zip-plan.ts";
import { bufferSource, type ZipSource } from "./zip-source.ts";

/** What is known of a stored zip. */
export interface StoredZip {
  /** Its address in the store. */
  readonly sha256Hex: string;
  /** `CodeSha256` of the API. */
  readonly sha256Base64: string;
  /** Bytes of the zip: `CodeSize`. */
  readonly size: number;
  /** Bytes of its files, for the limit over code and layers together. */
  readonly unzippedSize: number;
}

export interface PutOptions {
  /** Refuses a larger zip with 413; the limit of an inline upload is `ZIP_BYTES_MAX`. No limit when absent. */
  readonly zippedBytesMax?: number;
}

/** What a sweep did. */
export interface SweepResult {
  readonly removed: number;
  /** Entries that belong to another user of the machine, such as the executor's when the gateway sweeps. */
  readonly refused: number;
}

/**
 * Deployment packages in a directory that several processes may share: `zips/<sha>.zip`,
 * `unpacked/<sha>/`, `layers/<combination>/`. What is there is complete and never changes.
 */
export interface CodeStore {
  /** Checks all of the zip, then stores it; the same bytes again are no work. Throws AwsError in AWS's words. */
  putZip(bytes: Uint8Array, options?: PutOptions): Promise<StoredZip>;
  /** Everything that `putZip` checks, storing nothing (`DryRun`). */
  checkZip(bytes: Uint8Array, options?: PutOptions): Promise<StoredZip>;
  /** The zip for a download; `undefined` when it is not in the store. */
  openZip(sha256Hex: string): Promise<{ readonly size: number; readonly stream: Readable } | undefined>;
  has(sha256Hex: string): Promise<boolean>;
  /** Removes the zip, what was unpacked from it and the merged layers it is part of. Absent is fine. */
  remove(sha256Hex: string): Promise<void>;
  /** The directory of the unpacked zip, made at the first call. */
  ensureUnpacked(sha256Hex: string): Promise<string>;
  /** The directory of these layers merged in order, made at the first call; `undefined` for none. */
  ensureLayers(sha256Hexes: readonly string[]): Promise<string | undefined>;
  /** Removes everything that is not made of these zips, and what killed processes left behind. */
  sweep(keep: ReadonlySet<string>): Promise<SweepResult>;
}

const SHA256_HEX = /^[0-9a-f]{64}$/;
/** 40 hex digits of each layer, so that five of them make one file name. */
const NAME_DIGITS = 40;

/** Opens the store in that directory, which need not exist yet. */
export function createCodeStore({ directory }: { readonly directory: string }): CodeStore {
  const zips = join(directory, "zips");
  const unpacked = join(directory, "unpacked");
  const layers = join(directory, "layers");
  const once = createSingleFlight<string>();
  const zipPath = (sha: string): string => join(zips, `${asSha(sha)}.zip`);
  const ensureUnpacked = async (sha: string): Promise<string> =>
    await once(asSha(sha), () => makeDirectoryOnce(unpacked, sha, (stage) => unpackStored(zipPath(sha), stage)));
  return {
    async checkZip(bytes, options = {}) {
      const { plan, source } = await planOf(bytes, options);
      await checkContents(source, plan);
      return await describe(bytes, plan);
    },
    async putZip(bytes, options = {}) {
      const { plan, source } = await planOf(bytes, options);
      const stored = await describe(bytes, plan);
      const target = zipPath(stored.sha256Hex);
      if (await exists(target)) return stored;
      await checkContents(source, plan);
      await writeWhole(zips, target, bytes);
      return stored;
    },
    async openZip(sha) {
      const handle = await open(zipPath(sha), "r").catch(absent);
      if (handle === undefined) return undefined;
      return { size: (await handle.stat()).size, stream: handle.createReadStream() };
    },
    has: async (sha) => await exists(zipPath(sha)),
    async remove(sha) {
      await rm(zipPath(sha), { force: true });
      await removeWhole(unpacked, sha);
      for (const name of await finishedNames(layers)) {
        if (name.split("-").includes(sha.slice(0, NAME_DIGITS))) await removeWhole(layers, name);
      }
    },
    ensureUnpacked,
    async ensureLayers(shas) {
      invariant(shas.length <= LAYERS_MAX, `at most ${LAYERS_MAX} layers can be merged`);
      if (shas.length <= 1) return shas[0] === undefined ? undefined : await ensureUnpacked(shas[0]);
      const name = shas.map((sha) => asSha(sha).slice(0, NAME_DIGITS)).join("-");
      return await once(name, () =>
        makeDirectoryOnce(layers, name, async (stage) => await mergeLayers(await Promise.all(shas.map(ensureUnpacked)), stage)),
      );
    },
    sweep: async (keep) => await sweepStore({ zips, unpacked, layers }, keep),
  };
}

async function planOf(bytes: Uint8Array, options: PutOptions): Promise<{ readonly source: ZipSource; readonly plan: ZipPlan }> {
  if (options.zippedBytesMax !== undefined && bytes.length > options.zippedBytesMax) {
    throw new AwsError("RequestEntityTooLargeException", `Zipped size must be smaller than ${options.zippedBytesMax} bytes`);
  }
  const source = bufferSource(bytes);
  return { source, plan: await checkDirectory(source) };
}

async function describe(bytes: Uint8Array, plan: ZipPlan): Promise<StoredZip> {
  // Web Crypto digests in a thread: 50 MB would hold up the event loop.
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return {
    sha256Hex: digest.toString("hex"),
    sha256Base64: digest.toString("base64"),
    size: bytes.length,
    unzippedSize: plan.unzippedBytes,
  };
}

async function writeWhole(parent: string, target: string, bytes: Uint8Array): Promise<void> {
  const stage = await stageIn(parent);
  try {
    const handle = await open(stage, "wx", 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(stage, target);
  } catch (error) {
    await rm(stage, { force: true });
    throw error;
  }
}

async function unpackStored(zip: string, stage: string): Promise<void> {
  try {
    await unpackZip(zip, stage);
  } catch (error) {
    if (error instanceof AwsError)
      throw new AwsError(
        "InvalidZipFileException",
        `Lambda could not unzip the deployment package: the stored file ${zip} is damaged. Upload the code again.`,
      );
    if (hasCode(error, "ENOENT") && !(await exists(zip)))
      throw new Error(`The code store has no ${zip}: upload the code again.`, { cause: error });
    throw error;
  }
}

async function sweepStore(
  parents: Readonly<Record<"zips" | "unpacked" | "layers", string>>,
  keep: ReadonlySet<string>,
): Promise<SweepResult> {
  const prefixes = new Set([...keep].map((sha) => sha.slice(0, NAME_DIGITS)));
  const wanted: Readonly<Record<keyof typeof parents, (name: string) => boolean>> = {
    zips: (name) => keep.has(name.replace(/\.zip$/, "")),
    unpacked: (name) => keep.has(name),
    layers: (name) => name.split("-").every((part) => prefixes.has(part)),
  };
  const result = { removed: 0, refused: 0 };
  for (const kind of ["zips", "unpacked", "layers"] as const) {
    for (const name of await finishedNames(parents[kind])) {
      if (wanted[kind](name)) continue;
      await attempt(result, () => removeWhole(parents[kind], name));
    }
    await attempt(result, () => clearAbandoned(parents[kind], Date.now()), 0);
  }
  return result;
}

async function attempt(result: { removed: number; refused: number }, remove: () => Promise<void>, counts = 1): Promise<void> {
  try {
    await remove();
    result.removed += counts;
  } catch (error) {
    if (!hasCode(error, "EACCES", "EPERM")) throw error;
    result.refused += 1;
  }
}

function absent(error: unknown): undefined {
  if (!hasCode(error, "ENOENT")) throw error;
  return undefined;
}

function asSha(sha: string): string {
  invariant(SHA256_HEX.test(sha), "a code address is 64 hex digits");
  return sha;
}
