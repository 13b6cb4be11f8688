import { open, rename, rm, utimes } from "node:fs/promises";
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
  /**
   * Removes the zip; what was unpacked from it goes with the next sweep. Absent is fine. `confirm` is
   * asked when nobody can find the zip any more; when it answers false, or fails, the zip is put back.
   */
  remove(sha256Hex: string, confirm?: () => Promise<boolean>): Promise<void>;
  /** The directory of the unpacked zip, made at the first call. */
  ensureUnpacked(sha256Hex: string): Promise<string>;
  /** The directory of these layers merged in order, made at the first call; `undefined` for none. */
  ensureLayers(sha256Hexes: readonly string[]): Promise<string | undefined>;
  /**
   * Removes what was unpacked or merged from zips that are gone, and what killed processes left
   * behind; answers how many directories it was. For whoever unpacks: files belong to that user.
   */
  sweep(): Promise<number>;
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
    remove: async (sha, confirm = () => Promise.resolve(true)) => await removeUnless(zips, zipPath(sha), confirm),
    ensureUnpacked,
    async ensureLayers(shas) {
      invariant(shas.length <= LAYERS_MAX, `at most ${LAYERS_MAX} layers can be merged`);
      if (shas.length <= 1) return shas[0] === undefined ? undefined : await ensureUnpacked(shas[0]);
      const name = shas.map((sha) => asSha(sha).slice(0, NAME_DIGITS)).join("-");
      return await once(name, () =>
        makeDirectoryOnce(layers, name, async (stage) => await mergeLayers(await Promise.all(shas.map(ensureUnpacked)), stage)),
      );
    },
    sweep: async () => await sweepStore({ zips, unpacked, layers }),
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

async function removeUnless(parent: string, target: string, confirm: () => Promise<boolean>): Promise<void> {
  const aside = await stageIn(parent);
  const now = new Date();
  // What looks old would be cleared away as abandoned.
  await utimes(target, now, now)
    .then(() => rename(target, aside))
    .catch(absent);
  let confirmed = false;
  try {
    confirmed = await confirm();
  } finally {
    if (confirmed) await rm(aside, { force: true });
    else await rename(aside, target).catch(absent);
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

async function sweepStore({ zips, unpacked, layers }: Readonly<Record<"zips" | "unpacked" | "layers", string>>): Promise<number> {
  // Directories first: what is made after they were listed is of zips that are there.
  const [codes, merged] = await Promise.all([finishedNames(unpacked), finishedNames(layers)]);
  const stored = (await finishedNames(zips)).map((name) => name.replace(/\.zip$/, ""));
  const whole = new Set(stored);
  const prefixes = new Set(stored.map((sha) => sha.slice(0, NAME_DIGITS)));
  const codesLeft = codes.filter((name) => !whole.has(name));
  const mergedLeft = merged.filter((name) => !name.split("-").every((part) => prefixes.has(part)));
  for (const name of codesLeft) await removeWhole(unpacked, name);
  for (const name of mergedLeft) await removeWhole(layers, name);
  for (const parent of [zips, unpacked, layers]) await clearAbandoned(parent, Date.now());
  return codesLeft.length + mergedLeft.length;
}

function absent(error: unknown): undefined {
  if (!hasCode(error, "ENOENT")) throw error;
  return undefined;
}

function asSha(sha: string): string {
  invariant(SHA256_HEX.test(sha), "a code address is 64 hex digits");
  return sha;
}
