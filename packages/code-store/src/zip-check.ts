import { forEachBounded } from "./bounded.ts";
import { linkEscapes } from "./symlink-targets.ts";
import { readContent, readSmall } from "./zip-content.ts";
import { readDirectory } from "./zip-directory.ts";
import { planZip, type ZipPlan } from "./zip-plan.ts";
import { asZipRejection, zipRejection } from "./zip-rejection.ts";
import type { ZipSource } from "./zip-source.ts";

/** A plan whose links are known and lead nowhere outside. */
export interface CheckedPlan extends ZipPlan {
  /** Targets of the symbolic links by their path. */
  readonly links: ReadonlyMap<string, string>;
}

/** Entries inflated at once: as many as libuv has threads. */
const PARALLEL = 4;

/** Reads and checks directory and links. Throws AwsError with AWS's sentence for a bad package. */
export async function checkDirectory(source: ZipSource): Promise<CheckedPlan> {
  try {
    if (source.size === 0) throw zipRejection("empty", "no bytes");
    const plan = planZip(await readDirectory(source), source.size);
    const links = new Map<string, string>();
    for (const file of plan.files) {
      if (file.kind === "symlink") links.set(file.components.join("/"), (await readSmall(source, file.entry)).toString("utf8"));
    }
    for (const path of links.keys()) {
      const escape = linkEscapes(links, path);
      if (escape !== undefined) throw zipRejection("broken", escape);
    }
    return { ...plan, links };
  } catch (error) {
    throw asZipRejection(error);
  }
}

/** Inflates every file and compares length and checksum, keeping nothing. Throws AwsError for a bad package. */
export async function checkContents(source: ZipSource, plan: ZipPlan): Promise<void> {
  try {
    await forEachBounded(plan.files, PARALLEL, (file) => readContent(source, file.entry, () => undefined));
  } catch (error) {
    throw asZipRejection(error);
  }
}
